/**
 * The contract inside core/dns: whoever answers queries (cache, fake IPs, front ends) on one side,
 * whoever asks other servers and knows the hosts (servers, policies, races) on the other. Types
 * and one error class; no state.
 */
import { SluiceError } from '../api/errors.ts';

/** What is asked, from the one question of a query. The class is always IN. */
export interface Question {
  /**
   * Lower-case (ASCII only), without the final dot; the root is ''. A byte that is not a visible
   * ASCII character, and a dot or backslash inside a label, is written `\DDD`: no configured name matches it.
   */
  readonly name: string;
  /** RFC 1035 section 3.2.2 and later: 1 is A, 28 is AAAA. */
  readonly type: number;
}

/** Who asks. */
export interface ClientInfo {
  /** An IP literal; empty for Sluice itself. */
  readonly address: string;
  readonly port: number;
  /** How the query came: datagrams have a size limit. */
  readonly transport: 'udp' | 'tcp' | 'local';
}

export interface ExchangeResult {
  /**
   * The reply as received: a whole message, complete (a truncated one was asked for again over
   * TCP), QR set, and its question is the query's. Its id may be any. The receiver may change it.
   */
  readonly message: Buffer;
  /** The server that gave the reply, as configured: `tls://192.0.2.1:853`, `system`. */
  readonly server: string;
  /** The pattern of the policy that chose the servers, as configured; null for the default ones. */
  readonly policy: string | null;
}

/** Asks the configured servers. */
export interface Exchange {
  /**
   * `query` is a whole message: id 0, RD set, one question and one OPT record (RFC 6891) without
   * options as the last 11 bytes. Whoever sends it takes a copy, sets a random id and may add options.
   * The reply is accepted with any RCODE that no other server could better. Within a bounded time it
   * rejects with `DnsError`, or with the signal's reason.
   */
  exchange(
    query: Buffer,
    question: Question,
    client: ClientInfo,
    signal: AbortSignal,
  ): Promise<ExchangeResult>;
}

/** What the hosts say about a name: its addresses (both families), or another name to ask for. */
export type HostsEntry =
  | { readonly kind: 'addresses'; readonly addresses: readonly string[] }
  | { readonly kind: 'alias'; readonly name: string };

/** The configured hosts, and those of the system. Asked for each query: no promise, and fast. */
export interface Hosts {
  /** `name` as in `Question`. */
  lookup(name: string): HostsEntry | null;
  /** The name of an address, an IP literal in canonical form; null where there is none. */
  reverse(address: string): string | null;
}

/** A set of names that the configuration refers to: `geosite:NAME` or `rule-set:NAME`. */
export interface NameSet {
  /** `name` as in `Question`. */
  has(name: string): boolean;
}

/** Finds such a set; null where there is none. A set's content may change, the set stays. */
export type NameSets = (kind: 'geosite' | 'rule-set', name: string) => NameSet | null;

/** No server gave a usable reply. `code` begins with ERR_DNS_; the message names servers and reasons. */
export class DnsError extends SluiceError {
  constructor(code: `ERR_DNS_${string}`, message: string, options?: ErrorOptions) {
    super(code, message, options);
    this.name = 'DnsError';
  }
}
