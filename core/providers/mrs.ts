/**
 * mihomo's binary rule sets: a zstd frame, in it `MRS` and the version 1, one byte for the
 * behavior, the number of rules, reserved bytes, then the set. Numbers are big-endian, 64 bits.
 *
 * A set of domains is a tree of characters in the order of its levels (LOUDS): names reversed,
 * `+` for everything below a name and `*` for any one label. Every node writes a 0 for each child
 * and a 1 to end, all of them in one bitmap; `labels` has the character of each child, `leaves` a
 * bit for each node that ends a name. A set of addresses is a list of ranges, first and last
 * address as 16 bytes each, IPv4 mapped into IPv6.
 */
import { constants, zstdDecompressSync } from 'node:zlib';
import type { Ip } from '../../rules/ip.ts';
import { ListError } from './list-error.ts';

const MAGIC = Buffer.from('MRS\x01', 'latin1');
const BEHAVIORS: readonly string[] = ['domain', 'ipcidr', 'classical'];
const VERSION = 1;
/** Of a name; what is longer is no name. */
const LONGEST_NAME = 255;
/** mihomo's encoder uses windows of up to 32 MiB. */
const ZSTD_WINDOW_LOG = 25;

export interface MrsFile {
  /** As the file says, which counted what its author wrote. */
  readonly count: number;
  /** After the header. */
  readonly body: Buffer;
}

/** Throws `ListError` where the file is not one, or decompresses to more than `maxBytes`. */
export function openMrs(file: Buffer, behavior: 'domain' | 'ipcidr', maxBytes: number): MrsFile {
  const reader = new ByteReader(decompress(file, maxBytes));
  if (!reader.bytes(MAGIC.length).equals(MAGIC)) throw broken('it does not begin with MRS 1');
  const kind = BEHAVIORS[reader.byte()] ?? 'unknown';
  if (kind !== behavior) throw broken(`it is of behavior ${kind}, not ${behavior}`);
  const count = reader.length(Number.MAX_SAFE_INTEGER);
  reader.bytes(reader.length(reader.left));
  return { count, body: reader.bytes(reader.left) };
}

/** Calls `each` with every pattern, as lists write them. Throws `ListError`. */
export function readMrsDomains(body: Buffer, each: (pattern: string) => void): void {
  const reader = new ByteReader(body);
  if (reader.byte() !== VERSION) throw broken('its version is not known');
  const leaves = reader.bitmap();
  const bitmap = reader.bitmap();
  const labels = reader.bytes(reader.length(reader.left));
  const parents = parentsOf(bitmap, labels.length);
  const name = Buffer.alloc(LONGEST_NAME);
  for (let node = 0; node <= labels.length; node++) {
    if (!bitAt(leaves, node)) continue;
    let length = 0;
    for (let at = node; at > 0; at = parents[at - 1] ?? 0) {
      if (length === LONGEST_NAME) throw broken('a name in it is too long');
      name[length++] = labels[at - 1] ?? 0;
    }
    const text = name.toString('latin1', 0, length);
    // mihomo stores `+.x` as two names: `x`, and this for what is below it.
    each(text.startsWith('+.') ? text.slice(1) : text);
  }
}

/** The parent of each node but the first, by the number of its character. */
function parentsOf(bitmap: Buffer, count: number): Uint32Array {
  const parents = new Uint32Array(count);
  let child = 0;
  let node = 0;
  for (let bit = 0; child < count; bit++) {
    if (bit >= bitmap.length * 8) throw broken('its bitmap ends too early');
    if (bitAt(bitmap, bit)) {
      node++;
      // A node must have been somebody's child before it has children.
      if (node > child) throw broken('its bitmap is no tree');
    } else parents[child++] = node;
  }
  return parents;
}

/** Calls `each` with the first and the last address of every range. Throws `ListError`. */
export function readMrsRanges(body: Buffer, each: (first: Ip, last: Ip) => void): void {
  const reader = new ByteReader(body);
  if (reader.byte() !== VERSION) throw broken('its version is not known');
  const count = reader.length(Math.floor(reader.left / 32));
  for (let range = 0; range < count; range++) {
    const first = addressOf(reader.bytes(16));
    const last = addressOf(reader.bytes(16));
    if (first.family !== last.family) throw broken('a range in it spans both families');
    each(first, last);
  }
}

function addressOf(bytes: Buffer): Ip {
  const [w0, w1, w2, w3] = [0, 4, 8, 12].map((at) => bytes.readInt32BE(at));
  if (w0 === 0 && w1 === 0 && w2 === 0xffff) {
    return { family: 4, w0: w3 ?? 0, w1: 0, w2: 0, w3: 0 };
  }
  return { family: 6, w0: w0 ?? 0, w1: w1 ?? 0, w2: w2 ?? 0, w3: w3 ?? 0 };
}

function decompress(file: Buffer, maxBytes: number): Buffer {
  try {
    return zstdDecompressSync(file, {
      maxOutputLength: maxBytes,
      params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG },
    });
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      const text = `it decompresses to more than ${maxBytes} bytes`;
      throw new ListError('ERR_LIST_TOO_LARGE', text, cause);
    }
    throw broken(`it is not compressed with zstd (${message})`, cause);
  }
}

function broken(why: string, cause?: unknown): ListError {
  return new ListError('ERR_LIST_FORMAT', `this is no mrs file: ${why}`, cause);
}

/** Bit n of 64-bit words of which the last byte comes last. */
function bitAt(words: Buffer, bit: number): boolean {
  const byte = words[(bit >>> 6) * 8 + 7 - ((bit & 63) >>> 3)] ?? 0;
  return (byte & (1 << (bit & 7))) !== 0;
}

class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    return this.bytes(1)[0] ?? 0;
  }

  bytes(length: number): Buffer {
    if (length > this.left) throw broken('it ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A 64-bit number of at most `max`. */
  length(max: number): number {
    const value = this.bytes(8).readBigInt64BE();
    if (value < 0n || value > BigInt(max)) throw broken(`a length in it is ${value}`);
    return Number(value);
  }

  /** Its number of words, then the words. */
  bitmap(): Buffer {
    return this.bytes(8 * this.length(Math.floor(this.left / 8)));
  }
}
