/** The server name of a TLS ClientHello (RFC 8446 section 4.1.2, RFC 6066 section 3). */
import type { SniffResult } from './sniff-result.ts';
import { NEED_MORE, NONE, domainResult } from './sniff-result.ts';

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;
const LARGEST_RECORD = 16384;

/**
 * `bytes` is the beginning of a flow. A ClientHello of more than `limit` bytes is not waited for.
 * With Encrypted Client Hello the name is the outer one.
 */
export function sniffTls(bytes: Uint8Array, limit: number): SniffResult {
  const { handshake, intact } = joinRecords(bytes, limit);
  const [type] = handshake;
  if (type !== undefined && type !== CLIENT_HELLO) return NONE;
  // struct { HandshakeType msg_type; uint24 length; ... } Handshake
  const message = new Fields(handshake);
  if (message.left < 4) return intact ? NEED_MORE : NONE;
  message.take(1);
  const length = message.uint(3);
  if (length > limit) return NONE;
  if (message.left < length) return intact ? NEED_MORE : NONE;
  try {
    const name = serverName(new Fields(message.take(length)));
    return name === null ? NONE : domainResult(Buffer.from(name).toString('latin1'), 'tls');
  } catch (error) {
    if (error instanceof OutOfBytes) return NONE;
    throw error;
  }
}

interface Joined {
  /** The last record's fragment perhaps in part. */
  readonly handshake: Uint8Array;
  /** False: something else than a handshake record follows, as it may after the message. */
  readonly intact: boolean;
}

/** RFC 8446 section 5.1: type, legacy_record_version, length, fragment. */
function joinRecords(bytes: Uint8Array, limit: number): Joined {
  const fragments: Uint8Array[] = [];
  let total = 0;
  let intact = true;
  for (let at = 0; at < bytes.length && total < limit + 4;) {
    const [type, major, , high, low] = bytes.subarray(at, at + 5);
    intact = type === HANDSHAKE && (major === undefined || major === 3);
    if (!intact || high === undefined || low === undefined) break;
    const length = high * 256 + low;
    // A handshake fragment is never empty.
    intact = length > 0 && length <= LARGEST_RECORD;
    if (!intact) break;
    const fragment = bytes.subarray(at + 5, at + 5 + length);
    fragments.push(fragment);
    total += fragment.length;
    at += 5 + length;
  }
  const [only] = fragments;
  const handshake = fragments.length === 1 && only ? only : Buffer.concat(fragments);
  return { handshake, intact };
}

/** The first host name; null where there is none. Throws `OutOfBytes` where lengths contradict. */
function serverName(hello: Fields): Uint8Array | null {
  hello.take(2); // legacy_version
  hello.take(32); // random
  hello.vector(1); // legacy_session_id
  hello.vector(2); // cipher_suites
  hello.vector(1); // legacy_compression_methods
  if (hello.left === 0) return null;
  const extensions = hello.vector(2);
  while (extensions.left > 0) {
    const type = extensions.uint(2);
    const data = extensions.vector(2);
    if (type !== SERVER_NAME) continue;
    // ServerNameList: { NameType name_type; opaque HostName<1..2^16-1>; }
    const list = data.vector(2);
    return list.uint(1) === HOST_NAME ? list.vector(2).rest() : null;
  }
  return null;
}

class OutOfBytes extends Error {}

/** Reads big-endian fields in order. Every read beyond the end throws `OutOfBytes`. */
class Fields {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  uint(size: 1 | 2 | 3): number {
    let value = 0;
    for (const byte of this.take(size)) value = value * 256 + byte;
    return value;
  }

  /** A view of the next `length` bytes. */
  take(length: number): Uint8Array {
    if (length > this.left) throw new OutOfBytes();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** What follows its own length of `size` bytes (RFC 8446 section 3.4). */
  vector(size: 1 | 2): Fields {
    return new Fields(this.take(this.uint(size)));
  }

  rest(): Uint8Array {
    return this.take(this.left);
  }
}
