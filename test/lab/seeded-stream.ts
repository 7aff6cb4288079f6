/** Pseudo-random bytes that both ends of a transfer can make for themselves. */
import { createCipheriv, createHash } from 'node:crypto';
import { Readable } from 'node:stream';

const chunkSize = 256 * 1024;
const zeros = Buffer.alloc(chunkSize);

/** `length` bytes of AES-CTR key stream: fast, and no two positions alike. */
export function seededStream(seed: number, length: number): Readable {
  return Readable.from(chunks(seed, length), { objectMode: false, highWaterMark: 4 * chunkSize });
}

/** SHA-256 of the same bytes, in hex. */
export function seededHash(seed: number, length: number): string {
  const hash = createHash('sha256');
  for (const chunk of chunks(seed, length)) hash.update(chunk);
  return hash.digest('hex');
}

function* chunks(seed: number, length: number): Generator<Buffer> {
  const key = createHash('sha256').update(String(seed)).digest().subarray(0, 16);
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  for (let left = length; left > 0; left -= chunkSize) {
    yield cipher.update(left < chunkSize ? zeros.subarray(0, left) : zeros);
  }
}
