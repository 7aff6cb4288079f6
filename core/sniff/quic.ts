/**
 * The server name in the first datagrams of a QUIC client (RFC 9000 section 17.2.2, RFC 9001
 * section 5, RFC 9369). The ClientHello may be spread over CRYPTO frames in any order, over
 * several packets and several datagrams; everything around it is skipped. Nothing a client can
 * send makes it throw, wait for ever, or hold more than `SNIFF_LIMIT` bytes.
 */
import { ByteRanges } from './byte-ranges.ts';
import { sniffClientHello } from './client-hello.ts';
import { Fields, OutOfBytes } from './fields.ts';
import { InitialKeys, versions } from './quic-keys.ts';
import type { SniffResult } from './sniff-result.ts';
import { NEED_MORE, NONE, SNIFF_LIMIT } from './sniff-result.ts';

const LONG_HEADER = 0x80;
const FIXED_BIT = 0x40;
/** RFC 9000 section 17.2. */
const LONGEST_CONNECTION_ID = 20;

/** A ClientHello of `SNIFF_LIMIT` bytes fits into fewer. */
const MAX_DATAGRAMS = 32;

/** RFC 9000 section 19; no other frame may be in an Initial packet of a client (section 12.4). */
const PADDING = 0x00;
const PING = 0x01;
const ACK = 0x02;
const ACK_ECN = 0x03;
const CRYPTO = 0x06;

interface LongPacket {
  /** From the first byte to the last one of its payload. */
  readonly bytes: Uint8Array;
  readonly connectionId: Uint8Array;
  readonly version: number;
  readonly isInitial: boolean;
  readonly numberAt: number;
}

export class QuicSniffer {
  readonly #crypto = new ByteRanges(SNIFF_LIMIT);
  #connectionId: Buffer | null = null;
  #keys: InitialKeys | null = null;
  #datagrams = 0;

  /** The next datagram of the client; not to be called again after an answer. */
  add(datagram: Uint8Array): SniffResult {
    this.#datagrams += 1;
    if (this.#datagrams > MAX_DATAGRAMS) return NONE;
    try {
      return this.#read(datagram);
    } catch (error) {
      if (error instanceof OutOfBytes) return NONE;
      throw error;
    }
  }

  /** Throws `OutOfBytes` where lengths contradict. */
  #read(datagram: Uint8Array): SniffResult {
    for (let rest = datagram; rest.length > 0;) {
      const packet = longPacket(rest);
      if (packet === null) {
        // Packets of another kind may come behind the client's Initials, but never begin.
        return this.#keys === null ? NONE : NEED_MORE;
      }
      rest = rest.subarray(packet.bytes.length);
      if (!packet.isInitial) continue;
      const frames = this.#open(packet);
      // One that is not intact may be another connection's; without any there is no name.
      if (frames === null && this.#connectionId === null) return NONE;
      if (frames !== null && !this.#take(new Fields(frames))) return NONE;
      const result = sniffClientHello(this.#crypto.start, true, 'quic');
      if (result.kind !== 'need-more') return result;
    }
    return NEED_MORE;
  }

  #open(packet: LongPacket): Buffer | null {
    const version = versions.get(packet.version);
    if (version === undefined) return null;
    // The first packet's connection ID makes the keys of all that the client sends before an answer.
    if (this.#connectionId !== null && !this.#connectionId.equals(packet.connectionId)) return null;
    this.#keys ??= new InitialKeys(version, packet.connectionId);
    const frames = this.#keys.open(packet.bytes, packet.numberAt);
    if (frames !== null) this.#connectionId ??= Buffer.from(packet.connectionId);
    return frames;
  }

  /** False where this cannot become a ClientHello. Throws `OutOfBytes`. */
  #take(frames: Fields): boolean {
    while (frames.left > 0) {
      const type = frames.varint();
      switch (type) {
        case PADDING:
        case PING:
          break;
        case ACK:
        case ACK_ECN:
          skipAck(frames, type);
          break;
        case CRYPTO: {
          const offset = frames.varint();
          const data = frames.take(frames.varint());
          if (!this.#crypto.add(offset, data)) return false;
          break;
        }
        default:
          return false;
      }
    }
    return true;
  }
}

/**
 * The packet at the beginning of `bytes`, or null where there is none with a long header of a
 * version that is known, or where it has no length (Retry). Throws `OutOfBytes`.
 */
function longPacket(bytes: Uint8Array): LongPacket | null {
  const header = new Fields(bytes);
  const first = header.uint(1);
  if ((first & (LONG_HEADER | FIXED_BIT)) !== (LONG_HEADER | FIXED_BIT)) return null;
  const version = header.uint(4);
  const known = versions.get(version);
  if (known === undefined) return null;
  const connectionId = shortId(header);
  shortId(header);
  // Initial, 0-RTT, Handshake, Retry in the order of their bits in version 1; in version 2 one later.
  const type = (((first >> 4) & 0x03) - known.initialType) & 0x03;
  if (type === 3) return null;
  const isInitial = type === 0;
  if (isInitial) header.take(header.varint());
  const length = header.varint();
  const numberAt = header.at;
  header.take(length);
  return { bytes: bytes.subarray(0, header.at), connectionId, version, isInitial, numberAt };
}

function shortId(header: Fields): Uint8Array {
  const length = header.uint(1);
  if (length > LONGEST_CONNECTION_ID) throw new OutOfBytes();
  return header.take(length);
}

/** RFC 9000 section 19.3. */
function skipAck(frames: Fields, type: number): void {
  frames.varint(); // Largest Acknowledged
  frames.varint(); // ACK Delay
  let ranges = frames.varint();
  frames.varint(); // First ACK Range
  for (; ranges > 0; ranges -= 1) {
    frames.varint(); // Gap
    frames.varint(); // ACK Range Length
  }
  if (type === ACK_ECN) for (let count = 0; count < 3; count += 1) frames.varint();
}
