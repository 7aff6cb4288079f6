/**
 * Builds QUIC Initial packets of any shape (RFC 9000 section 17.2.2, RFC 9001 section 5): what a
 * client's library would send, and what none would.
 */
import { createCipheriv, createHmac } from 'node:crypto';

export interface InitialOptions {
  readonly version?: 1 | 2;
  readonly connectionId?: Buffer;
  readonly token?: Buffer;
  readonly number?: number;
}

const first = Buffer.from('0102030405060708', 'hex');

/** RFC 9000 section 16, in as few bytes as it takes. */
export function varint(value: number): Buffer {
  if (value < 0x40) return Buffer.of(value);
  const bytes = Buffer.alloc(value < 0x4000 ? 2 : 4);
  if (bytes.length === 2) bytes.writeUInt16BE(0x4000 + value);
  else bytes.writeUInt32BE(0x80000000 + value);
  return bytes;
}

/** A CRYPTO frame. */
export function crypto(offset: number, data: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(6), varint(offset), varint(data.length), data]);
}

/** One packet with these frames; padded to `length` bytes where it is shorter. */
export function initial(frames: Uint8Array, length = 0, options: InitialOptions = {}): Buffer {
  const { version = 1, connectionId = first, token = Buffer.alloc(0), number = 0 } = options;
  const numberLength = number < 256 ? 1 : 2;
  const head = Buffer.concat([
    Buffer.of((version === 1 ? 0xc0 : 0xd0) | (numberLength - 1)),
    Buffer.from(version === 1 ? '00000001' : '6b3343cf', 'hex'),
    Buffer.of(connectionId.length),
    connectionId,
    Buffer.of(0),
    varint(token.length),
    token,
  ]);
  // The length field takes two bytes, however small it is.
  const overhead = head.length + 2 + numberLength + 16;
  const payload = Buffer.alloc(Math.max(frames.length, length - overhead, 4));
  payload.set(frames);
  const rest = Buffer.alloc(2);
  rest.writeUInt16BE(0x4000 + numberLength + payload.length + 16);
  const numberBytes = Buffer.alloc(numberLength);
  numberBytes.writeUIntBE(number, 0, numberLength);
  return protect(Buffer.concat([head, rest, numberBytes]), payload, version, connectionId);
}

function protect(header: Buffer, payload: Buffer, version: 1 | 2, connectionId: Buffer): Buffer {
  const salts = {
    1: '38762cf7f55934b34d179ae6a4c80cadccbb7f0a',
    2: '0dede3def700a6db819381be6e269dcbf9bd2ed9',
  };
  const prefix = version === 1 ? 'quic' : 'quicv2';
  const secret = createHmac('sha256', Buffer.from(salts[version], 'hex')).update(connectionId);
  const client = expand(secret.digest(), 'client in', 32);
  const numberLength = (header[0]! & 3) + 1;
  const numberAt = header.length - numberLength;
  const nonce = expand(client, `${prefix} iv`, 12);
  for (let n = 0; n < numberLength; n += 1) nonce[12 - numberLength + n]! ^= header[numberAt + n]!;
  const cipher = createCipheriv('aes-128-gcm', expand(client, `${prefix} key`, 16), nonce);
  cipher.setAAD(header);
  const sealed = Buffer.concat([cipher.update(payload), cipher.final(), cipher.getAuthTag()]);
  const packet = Buffer.concat([header, sealed]);
  const mask = createCipheriv('aes-128-ecb', expand(client, `${prefix} hp`, 16), null).update(
    packet.subarray(numberAt + 4, numberAt + 20),
  );
  packet[0]! ^= mask[0]! & 15;
  for (let n = 0; n < numberLength; n += 1) packet[numberAt + n]! ^= mask[1 + n]!;
  return packet;
}

function expand(secret: Buffer, label: string, length: number): Buffer {
  const info = Buffer.concat([
    Buffer.of(0, length, label.length + 6),
    Buffer.from(`tls13 ${label}`),
    Buffer.of(0, 1),
  ]);
  return createHmac('sha256', secret).update(info).digest().subarray(0, length);
}
