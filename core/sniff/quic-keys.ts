/**
 * Protection of a QUIC client's Initial packets: RFC 9001 section 5 for version 1, RFC 9369
 * section 3 for version 2. The keys follow from the connection ID that the client chose, so that
 * everybody on the way can read these packets; they are protected against chance alone.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync } from 'node:crypto';

interface Version {
  /** The two bits after the fixed bit that mark an Initial packet. */
  readonly initialType: number;
  readonly salt: Buffer;
  /** What the labels of key, iv and hp begin with. */
  readonly label: string;
}

export const versions: ReadonlyMap<number, Version> = new Map([
  [
    0x00000001,
    {
      initialType: 0,
      salt: Buffer.from('38762cf7f55934b34d179ae6a4c80cadccbb7f0a', 'hex'),
      label: 'quic',
    },
  ],
  [
    0x6b3343cf,
    {
      initialType: 1,
      salt: Buffer.from('0dede3def700a6db819381be6e269dcbf9bd2ed9', 'hex'),
      label: 'quicv2',
    },
  ],
]);

const TAG_LENGTH = 16;
/** RFC 9001 section 5.4.2: where the sample is, counted from the first byte of the packet number. */
const SAMPLE_OFFSET = 4;
const SAMPLE_LENGTH = 16;

export class InitialKeys {
  readonly #key: Buffer;
  readonly #iv: Buffer;
  readonly #hp: Buffer;

  constructor(version: Version, connectionId: Uint8Array) {
    const secret = Buffer.from(
      hkdfSync('sha256', connectionId, version.salt, hkdfLabel('client in', 32), 32),
    );
    this.#key = expand(secret, `${version.label} key`, 16);
    this.#iv = expand(secret, `${version.label} iv`, 12);
    this.#hp = expand(secret, `${version.label} hp`, 16);
  }

  /** The frames of a packet whose number begins at `numberAt`, or null where it is not intact. */
  open(packet: Uint8Array, numberAt: number): Buffer | null {
    const sampleAt = numberAt + SAMPLE_OFFSET;
    const sample = packet.subarray(sampleAt, sampleAt + SAMPLE_LENGTH);
    if (sample.length < SAMPLE_LENGTH) return null;
    const mask = createCipheriv('aes-128-ecb', this.#hp, null).update(sample);
    const first = byteAt(packet, 0) ^ (byteAt(mask, 0) & 0x0f);
    const numberLength = (first & 0x03) + 1;
    const header = Buffer.from(packet.subarray(0, numberAt + numberLength));
    header[0] = first;
    const nonce = Buffer.from(this.#iv);
    for (let n = 0; n < numberLength; n += 1) {
      const byte = byteAt(packet, numberAt + n) ^ byteAt(mask, 1 + n);
      header[numberAt + n] = byte;
      const at = nonce.length - numberLength + n;
      nonce[at] = byteAt(nonce, at) ^ byte;
    }
    const body = packet.subarray(header.length, packet.length - TAG_LENGTH);
    const decipher = createDecipheriv('aes-128-gcm', this.#key, nonce);
    decipher.setAAD(header).setAuthTag(packet.subarray(packet.length - TAG_LENGTH));
    try {
      return Buffer.concat([decipher.update(body), decipher.final()]);
    } catch {
      return null;
    }
  }
}

/** HKDF-Expand (RFC 5869 section 2.3) of at most one block. */
function expand(secret: Buffer, label: string, length: number): Buffer {
  const block = createHmac('sha256', secret).update(hkdfLabel(label, length)).update(Buffer.of(1));
  return block.digest().subarray(0, length);
}

/** RFC 8446 section 7.1: uint16 length, the label behind its length, an empty context. */
function hkdfLabel(label: string, length: number): Buffer {
  const full = `tls13 ${label}`;
  return Buffer.concat([Buffer.of(0, length, full.length), Buffer.from(full), Buffer.of(0)]);
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
