/** The messages of HTTP CONNECT (RFC 9110 section 9.3.6, RFC 9112). Pure. */
import type { DialFailure } from '../api/errors.ts';
import { printable } from '../../rules/text.ts';
import type { FailureCode } from './attempt.ts';
import { authority } from './endpoint.ts';
import type { Endpoint } from './endpoint.ts';

/** Of a reply, from its status line to the empty line. */
export const MAX_HEAD_BYTES = 16_384;

/**
 * Makes what comes after the request line, to the empty line; only Host differs between targets,
 * and not even that where one was configured. Names and values were checked by the configuration.
 */
export function headerBlock(
  headers: Readonly<Record<string, string>>,
  username: string,
  password: string,
): (target: string) => string {
  const given = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  if (!given.has('proxy-connection')) lines.push('Proxy-Connection: keep-alive\r\n');
  if (username !== '' && !given.has('proxy-authorization')) {
    // RFC 7617 section 2.
    const login = Buffer.from(`${username}:${password}`).toString('base64');
    lines.push(`Proxy-Authorization: Basic ${login}\r\n`);
  }
  const rest = `${lines.join('')}\r\n`;
  return given.has('host') ? () => rest : (target) => `Host: ${target}\r\n${rest}`;
}

export function connectRequest(target: Endpoint, block: (target: string) => string): Buffer {
  const where = authority(target);
  return Buffer.from(`CONNECT ${where} HTTP/1.1\r\n${block(where)}`, 'latin1');
}

/** Offset after the empty line that ends a head, or -1. Only bytes from `from` on are new. */
export function endOfHead(bytes: Buffer, from: number): number {
  const LF = 0x0a;
  const CR = 0x0d;
  // RFC 9112 section 2.2: a line may end without CR.
  for (let at = Math.max(from, 1); at < bytes.length; at++) {
    if (bytes[at] !== LF) continue;
    const before = bytes[at - 1] === CR ? at - 2 : at - 1;
    if (bytes[before] === LF) return at + 1;
  }
  return -1;
}

export interface Reply {
  readonly status: number;
  /** The reason phrase, made printable. */
  readonly reason: string;
  /** By lower-case name, the last of each. */
  readonly headers: ReadonlyMap<string, string>;
}

/** Null: this is not HTTP/1. */
export function parseHead(head: Buffer): Reply | null {
  const [statusLine = '', ...lines] = head.toString('latin1').split(/\r?\n/);
  const match = /^HTTP\/1\.[0-9] ([1-9][0-9]{2})(?: (.*))?$/.exec(statusLine);
  if (match === null) return null;
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim());
  }
  return { status: Number(match[1]), reason: printable(match[2] ?? '', 80), headers };
}

export interface Refusal {
  readonly code: FailureCode;
  readonly failure: DialFailure;
  readonly advice: string;
}

/** Why the proxy did not connect, told by the most exact thing in its reply. */
export function refusalOf({ status, headers }: Reply): Refusal {
  const told = toldBy(headers);
  if (told !== undefined) return REFUSALS[told];
  return REFUSALS[BY_STATUS.get(status) ?? (status >= 500 ? 'failed' : 'protocol')];
}

type Kind = keyof typeof REFUSALS;

function toldBy(headers: Reply['headers']): Kind | undefined {
  // RFC 9209 section 2.3.
  const standard = /;\s*error\s*=\s*([a-z_]+)/.exec(headers.get('proxy-status') ?? '')?.[1];
  if (standard !== undefined) return BY_PROXY_STATUS.get(standard);
  // Squid: the name of its error page, and the errno of Linux.
  const [page = '', errno = ''] = (headers.get('x-squid-error') ?? '').split(' ');
  return page === 'ERR_CONNECT_FAIL' ? BY_ERRNO.get(errno) : BY_SQUID_PAGE.get(page);
}

const REFUSALS = {
  auth: {
    code: 'ERR_UPSTREAM_AUTH',
    failure: 'upstream',
    advice: 'Check username and password of this proxy in the configuration',
  },
  denied: {
    code: 'ERR_UPSTREAM_NOT_ALLOWED',
    failure: 'refused',
    advice: 'Ask who runs the proxy, or choose another one for this target',
  },
  refused: {
    code: 'ERR_UPSTREAM_REFUSED',
    failure: 'refused',
    advice: 'Nothing listens on this port of the target',
  },
  host: {
    code: 'ERR_UPSTREAM_HOST_UNREACHABLE',
    failure: 'host-unreachable',
    advice: 'Check that the target exists and is up',
  },
  net: {
    code: 'ERR_UPSTREAM_NET_UNREACHABLE',
    failure: 'net-unreachable',
    advice: 'The proxy has no route to the target',
  },
  timeout: {
    code: 'ERR_UPSTREAM_TIMEOUT',
    failure: 'timeout',
    advice: 'The target did not answer the proxy',
  },
  failed: {
    code: 'ERR_UPSTREAM_FAILED',
    failure: 'upstream',
    advice: "Look into the proxy's log",
  },
  protocol: {
    code: 'ERR_UPSTREAM_PROTOCOL',
    failure: 'upstream',
    advice: 'Check that this is a proxy and allows CONNECT to this port',
  },
} as const satisfies Readonly<Record<string, Refusal>>;

const BY_STATUS: ReadonlyMap<number, Kind> = new Map([
  [401, 'auth'],
  [403, 'denied'],
  [407, 'auth'],
  [451, 'denied'],
  [502, 'host'],
  [503, 'host'],
  [504, 'timeout'],
]);

/** RFC 9209 section 2.3, those that a tunnel can meet. */
const BY_PROXY_STATUS: ReadonlyMap<string, Kind> = new Map([
  ['dns_timeout', 'host'],
  ['dns_error', 'host'],
  ['destination_not_found', 'host'],
  ['destination_unavailable', 'host'],
  ['destination_ip_prohibited', 'denied'],
  ['destination_ip_unroutable', 'net'],
  ['connection_refused', 'refused'],
  ['connection_terminated', 'refused'],
  ['connection_timeout', 'timeout'],
  ['http_request_denied', 'denied'],
]);

const BY_SQUID_PAGE: ReadonlyMap<string, Kind> = new Map([
  ['ERR_ACCESS_DENIED', 'denied'],
  ['ERR_CANNOT_FORWARD', 'host'],
  ['ERR_DNS_FAIL', 'host'],
]);

const BY_ERRNO: ReadonlyMap<string, Kind> = new Map([
  ['101', 'net'],
  ['110', 'timeout'],
  ['111', 'refused'],
  ['113', 'host'],
]);
