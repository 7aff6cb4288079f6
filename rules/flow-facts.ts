/**
 * What the rules can ask about a flow. The engine fills it in as it learns more; nothing here is
 * ever mutated by the rules.
 */
import type { Ip } from './ip.ts';

export type Network = 'tcp' | 'udp';

export interface FlowFacts {
  readonly network: Network;
  readonly srcIp: Ip;
  /** 1 to 65535, as `dstPort`. */
  readonly srcPort: number;
  /** `undefined`: not resolved yet. `null`: known to have none (the lookup failed). */
  readonly dstIp: Ip | null | undefined;
  readonly dstPort: number;
  /**
   * Lower-case ASCII without a trailing dot (see `normalizeDomain`). `undefined`: nobody has
   * looked yet. `null`: known to have none (sniffing found nothing).
   */
  readonly domain: string | null | undefined;
  /**
   * `dstIp` came from resolving `domain` because a rule asked for it, so `no-resolve` rules that
   * stand before that rule do not see it. False for the address a captured flow was sent to.
   */
  readonly dstIpResolved: boolean;
}
