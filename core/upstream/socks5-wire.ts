/** The messages of SOCKS5 (RFC 1928) and of its user name and password (RFC 1929). Pure. */
import type { DialFailure } from '../api/errors.ts';
import { formatIp } from '../../rules/ip.ts';
import type { FailureCode } from './attempt.ts';
import type { Endpoint } from './endpoint.ts';

export const VERSION = 0x05;

/** RFC 1928 section 3. */
export const NO_AUTHENTICATION = 0x00;
export const USERNAME_PASSWORD = 0x02;
export const NO_ACCEPTABLE_METHOD = 0xff;

/** RFC 1928 section 4. */
const CONNECT = 0x01;

/** RFC 1928 section 5. */
const IPV4 = 0x01;
const DOMAIN_NAME = 0x03;
const IPV6 = 0x04;

/** RFC 1929 section 2. */
export const LOGIN_VERSION = 0x01;

export const SUCCEEDED = 0x00;

/** VER, NMETHODS, METHODS: no authentication, and a password if there is one. */
export function greeting(withLogin: boolean): Uint8Array {
  return withLogin ? GREETING_WITH_LOGIN : GREETING;
}

const GREETING = Uint8Array.of(VERSION, 1, NO_AUTHENTICATION);
const GREETING_WITH_LOGIN = Uint8Array.of(VERSION, 2, NO_AUTHENTICATION, USERNAME_PASSWORD);

/** VER, ULEN, UNAME, PLEN, PASSWD. Each at most 255 bytes. */
export function loginRequest(username: string, password: string): Buffer {
  const user = Buffer.from(username);
  const secret = Buffer.from(password);
  return Buffer.concat([
    Uint8Array.of(LOGIN_VERSION, user.length),
    user,
    Uint8Array.of(secret.length),
    secret,
  ]);
}

/** VER, CMD, RSV, then the address of `target`. */
export function connectRequest(target: Endpoint): Buffer {
  const bytes = Buffer.allocUnsafe(3 + addressLength(target));
  bytes[0] = VERSION;
  bytes[1] = CONNECT;
  bytes[2] = 0;
  writeAddress(bytes, 3, target);
  return bytes;
}

/** Bytes of ATYP, address and port. */
function addressLength({ host, ip }: Endpoint): number {
  if (ip === null) return 1 + 1 + host.length + 2;
  return 1 + (ip.family === 4 ? 4 : 16) + 2;
}

/** ATYP, address, port. */
function writeAddress(bytes: Buffer, start: number, { host, port, ip }: Endpoint): void {
  let at = start + 1;
  if (ip === null) {
    bytes[start] = DOMAIN_NAME;
    bytes[at] = host.length;
    at += 1 + bytes.write(host, at + 1, 'latin1');
  } else {
    bytes[start] = ip.family === 4 ? IPV4 : IPV6;
    at = bytes.writeInt32BE(ip.w0, at);
    if (ip.family === 6) {
      at = bytes.writeInt32BE(ip.w1, at);
      at = bytes.writeInt32BE(ip.w2, at);
      at = bytes.writeInt32BE(ip.w3, at);
    }
  }
  bytes.writeUInt16BE(port, at);
}

/**
 * Bytes of an address and port whose first two are `type`, ATYP, and `first`, which is the length
 * where ATYP is a domain name. Null: no such type.
 */
export function lengthOfAddress(type: number, first: number): number | null {
  if (type === IPV4) return 1 + 4 + 2;
  if (type === IPV6) return 1 + 16 + 2;
  return type === DOMAIN_NAME ? 1 + 1 + first + 2 : null;
}

/** RSV and FRAG. */
const DATAGRAM_PREFIX = 3;

/** RSV, FRAG, the address of `target`, DATA (RFC 1928 section 7). */
export function relayedDatagram(data: Uint8Array, target: Endpoint): Buffer {
  const start = DATAGRAM_PREFIX + addressLength(target);
  const bytes = Buffer.alloc(start + data.length);
  writeAddress(bytes, DATAGRAM_PREFIX, target);
  bytes.set(data, start);
  return bytes;
}

/** DATA; null where it is no datagram of a relay, or a fragment of one. */
export function dataOfRelayed(bytes: Buffer): Buffer | null {
  if (bytes[0] !== 0 || bytes[1] !== 0 || bytes[2] !== 0) return null;
  const length = lengthOfAddress(bytes[DATAGRAM_PREFIX] ?? 0, bytes[DATAGRAM_PREFIX + 1] ?? 0);
  const start = DATAGRAM_PREFIX + (length ?? 0);
  return length === null || bytes.length < start ? null : bytes.subarray(start);
}

/** An address of which all bytes, from ATYP to the port, are there. The port may be 0, a name may be anything. */
export function readAddress(bytes: Buffer): Endpoint {
  const port = bytes.readUInt16BE(bytes.length - 2);
  if (bytes[0] === DOMAIN_NAME) {
    return { host: bytes.toString('latin1', 2, bytes.length - 2), port, ip: null };
  }
  const w0 = bytes.readInt32BE(1);
  const ip =
    bytes[0] === IPV4
      ? { family: 4 as const, w0, w1: 0, w2: 0, w3: 0 }
      : {
          family: 6 as const,
          w0,
          w1: bytes.readInt32BE(5),
          w2: bytes.readInt32BE(9),
          w3: bytes.readInt32BE(13),
        };
  return { host: formatIp(ip), port, ip };
}

/** RFC 1928 section 6. */
export const COMMAND_NOT_SUPPORTED = 0x07;

export interface ReplyMeaning {
  readonly code: FailureCode;
  readonly failure: DialFailure;
  readonly text: string;
  readonly advice: string;
}

/** What REP, other than 0, says (RFC 1928 section 6). */
export function replyMeaning(reply: number): ReplyMeaning {
  return (
    REPLIES[reply] ?? {
      code: 'ERR_UPSTREAM_PROTOCOL',
      failure: 'upstream',
      text: `the proxy answers with the unknown code ${reply}`,
      advice: "Look into the proxy's log",
    }
  );
}

const REPLIES: Readonly<Record<number, ReplyMeaning>> = {
  1: {
    code: 'ERR_UPSTREAM_FAILED',
    failure: 'upstream',
    text: 'the proxy says: general failure',
    advice: "Look into the proxy's log; often it could not look up the name",
  },
  2: {
    code: 'ERR_UPSTREAM_NOT_ALLOWED',
    failure: 'refused',
    text: 'the proxy says: not allowed by its rules',
    advice: 'Ask who runs the proxy, or choose another one for this target',
  },
  3: {
    code: 'ERR_UPSTREAM_NET_UNREACHABLE',
    failure: 'net-unreachable',
    text: 'the proxy says: network unreachable',
    advice: 'The proxy has no route to the target',
  },
  4: {
    code: 'ERR_UPSTREAM_HOST_UNREACHABLE',
    failure: 'host-unreachable',
    text: 'the proxy says: host unreachable',
    advice: 'Check that the target exists and is up',
  },
  5: {
    code: 'ERR_UPSTREAM_REFUSED',
    failure: 'refused',
    text: 'the proxy says: connection refused',
    advice: 'Nothing listens on this port of the target',
  },
  6: {
    code: 'ERR_UPSTREAM_TIMEOUT',
    failure: 'timeout',
    text: 'the proxy says: TTL expired',
    advice: 'The target did not answer the proxy',
  },
  7: {
    code: 'ERR_UPSTREAM_FAILED',
    failure: 'upstream',
    text: 'the proxy says: command not supported',
    advice: 'This proxy cannot do what it was asked for',
  },
  8: {
    code: 'ERR_UPSTREAM_NET_UNREACHABLE',
    failure: 'net-unreachable',
    text: 'the proxy says: address type not supported',
    advice: 'This proxy has no IPv6, or does not take names',
  },
};
