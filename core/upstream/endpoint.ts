/** Targets, checked: what may be written into a request to a proxy. Keeps no state. */
import { normalizeDomain } from '../../rules/domain.ts';
import { formatEndpoint, formatIp, parseIp } from '../../rules/ip.ts';
import type { Ip } from '../../rules/ip.ts';
import type { Attempt } from './attempt.ts';
import type { Target } from './upstream.ts';

export interface Endpoint extends Target {
  /** Null: `host` is a domain name in lower-case ASCII, at most 253 bytes. */
  readonly ip: Ip | null;
}

/** Null where the host is neither a domain name nor an IP literal, or the port none. */
export function toEndpoint({ host, port }: Target): Endpoint | null {
  if (!Number.isInteger(port) || port < 1 || port > 65535) return null;
  const ip = parseIp(host);
  if (ip !== null) {
    // Dotted decimal has one spelling only.
    return { host: host.includes(':') ? formatIp(ip) : host, port, ip };
  }
  const name = normalizeDomain(host);
  return name === null ? null : { host: name, port, ip: null };
}

/** The same, for the target of an attempt. Throws `UpstreamError`. */
export function checkTarget(target: Target, attempt: Attempt): Endpoint {
  const endpoint = toEndpoint(target);
  if (endpoint !== null) return endpoint;
  const problem = 'this is neither a domain name nor an IP address with a port';
  const advice = 'Nothing was sent: whoever named the target is wrong';
  throw attempt.error('ERR_UPSTREAM_TARGET', 'refused', problem, advice);
}

/** `host:port` as in RFC 3986 section 3.2: an IPv6 literal is in brackets. */
export function authority({ host, port }: Target): string {
  return formatEndpoint(host, port);
}
