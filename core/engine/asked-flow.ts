/** A flow that nobody has opened, from what somebody asks about it. */
import { SluiceError } from '../api/errors.ts';
import type { ExplainRequest } from '../api/explain.ts';
import { normalizeDomain } from '../../rules/domain.ts';
import { TUN_INBOUND } from '../../rules/flow-facts.ts';
import type { FlowFacts, ProcessFacts } from '../../rules/flow-facts.ts';
import { parseIp } from '../../rules/ip.ts';
import type { Ip } from '../../rules/ip.ts';

/** What a program on this machine looks like when nothing else is asked for. */
const DEFAULT_SOURCE = '198.18.0.1';
const DEFAULT_SOURCE_PORT = 50_000;
const DEFAULT_PORT = 443;

/** Addresses of a host name. */
export type LookUp = (host: string, signal: AbortSignal) => Promise<readonly string[]>;

/** By the address that the request names, if it names one. Throws `ERR_EXPLAIN_INVALID`. */
export function lookUpOf({ address }: ExplainRequest, resolve: LookUp): LookUp {
  if (address === undefined) return resolve;
  if (parseIp(address) !== null) return async () => [address];
  throw new SluiceError('ERR_EXPLAIN_INVALID', `The address "${address}" is not an IP address.`);
}

/** Throws `ERR_EXPLAIN_INVALID` where host or source are no addresses or names. */
export function factsOf(request: ExplainRequest): FlowFacts {
  const dstIp = parseIp(request.host) ?? undefined;
  const domain = dstIp === undefined ? normalizeDomain(request.host) : null;
  if (dstIp === undefined && domain === null) {
    throw new SluiceError(
      'ERR_EXPLAIN_INVALID',
      `"${request.host}" is neither a domain name nor an IP address.`,
    );
  }
  return {
    network: request.network ?? 'tcp',
    srcIp: sourceOf(request.source ?? DEFAULT_SOURCE),
    srcPort: request.sourcePort ?? DEFAULT_SOURCE_PORT,
    dstIp,
    dstPort: request.port ?? DEFAULT_PORT,
    domain,
    dstIpResolved: false,
    zone: request.zone ?? 'host',
    dscp: request.dscp ?? 0,
    inbound: {
      type: request.inType?.toUpperCase() ?? TUN_INBOUND.type,
      name: request.inName ?? TUN_INBOUND.name,
      port: request.inPort ?? TUN_INBOUND.port,
      user: request.inUser ?? TUN_INBOUND.user,
    },
    process: processOf(request),
  };
}

function processOf({ process, processPath, uid }: ExplainRequest): ProcessFacts | null {
  if (process === undefined && processPath === undefined && uid === undefined) return null;
  const name = process ?? processPath?.split(/[/\\]/).at(-1) ?? '';
  return { name, path: processPath ?? '', uid: uid ?? null };
}

function sourceOf(text: string): Ip {
  const ip = parseIp(text);
  if (ip !== null) return ip;
  throw new SluiceError('ERR_EXPLAIN_INVALID', `The source "${text}" is not an IP address.`);
}
