/** The server name of a TLS ClientHello (RFC 8446 section 4.1.2, RFC 6066 section 3). */
import { Fields, OutOfBytes } from './fields.ts';
import type { SniffResult } from './sniff-result.ts';
import { NEED_MORE, NONE, SNIFF_LIMIT, domainResult } from './sniff-result.ts';

const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;
/** RFC 9849 section 5, encrypted_client_hello, and its form in the outer ClientHello. */
const ENCRYPTED_CLIENT_HELLO = 0xfe0d;

/**
 * `handshake` is the beginning of a stream of handshake messages, without the records or frames
 * that carry it. `open`: more of it may follow. A message of more than `SNIFF_LIMIT` bytes is not
 * waited for.
 */
export function sniffClientHello(
  handshake: Uint8Array,
  open: boolean,
  protocol: 'tls' | 'quic',
): SniffResult {
  const [type] = handshake;
  if (type !== undefined && type !== CLIENT_HELLO) return NONE;
  // struct { HandshakeType msg_type; uint24 length; ... } Handshake
  const message = new Fields(handshake);
  if (message.left < 4) return open ? NEED_MORE : NONE;
  message.take(1);
  const length = message.uint(3);
  if (length > SNIFF_LIMIT) return NONE;
  if (message.left < length) return open ? NEED_MORE : NONE;
  try {
    const { name, ech } = readExtensions(new Fields(message.take(length)));
    if (name === null) return NONE;
    return domainResult(Buffer.from(name).toString('latin1'), protocol, ech);
  } catch (error) {
    if (error instanceof OutOfBytes) return NONE;
    throw error;
  }
}

interface Extensions {
  /** The first host name. */
  readonly name: Uint8Array | null;
  readonly ech: boolean;
}

/** Throws `OutOfBytes` where lengths contradict. */
function readExtensions(hello: Fields): Extensions {
  hello.take(2); // legacy_version
  hello.take(32); // random
  hello.vector(1); // legacy_session_id
  hello.vector(2); // cipher_suites
  hello.vector(1); // legacy_compression_methods
  let name: Uint8Array | null = null;
  let ech = false;
  const extensions = hello.left === 0 ? hello : hello.vector(2);
  while (extensions.left > 0) {
    const type = extensions.uint(2);
    const data = extensions.vector(2);
    if (type === ENCRYPTED_CLIENT_HELLO) ech = true;
    if (type !== SERVER_NAME || name !== null) continue;
    // ServerNameList: { NameType name_type; opaque HostName<1..2^16-1>; }
    const list = data.vector(2);
    if (list.uint(1) === HOST_NAME) name = list.vector(2).rest();
  }
  return { name, ech };
}
