/**
 * What applies to flows that begin now. Applying a configuration makes a new one and swaps it in
 * with one assignment; a flow keeps the one it began with.
 */
import type { Config } from '../config/config.ts';
import type { DnsService } from '../dns/dns-service.ts';
import type { NameSets } from '../dns/exchange.ts';
import type { IpPrefix } from '../../rules/ip.ts';
import { parsePrefix } from '../../rules/ip.ts';
import { Hijack } from './hijack.ts';
import type { Policy } from './policy.ts';
import { Sniffing } from './sniffing.ts';

/** The part of `DnsService` that flows need. */
export type FlowDns = Pick<DnsService, 'answer' | 'names'>;

export interface InForce {
  readonly config: Config;
  readonly policy: Policy;
  readonly sniffing: Sniffing;
  /** Null: names are nobody's business here, and queries are flows like any other. */
  readonly dns: FlowDns | null;
  readonly hijack: Hijack;
  /**
   * Where made-up addresses are, those of an earlier configuration among them: nobody else is there.
   * Empty where we answer no queries.
   */
  readonly fakeRanges: readonly IpPrefix[];
}

export function inForceOf(policy: Policy, dns: FlowDns | null, sets: NameSets): InForce {
  const { config } = policy;
  const sniffing = new Sniffing(config.sniffer, sets);
  const { fakeIpRange, fakeIpRange6 } = config.dns;
  const fakeRanges =
    dns === null
      ? []
      : [fakeIpRange, fakeIpRange6]
          .map((range) => parsePrefix(range))
          .flatMap((parsed) => (parsed.ok ? [parsed.value] : []));
  return { config, policy, sniffing, dns, fakeRanges, hijack: new Hijack(config.tun.dnsHijack) };
}
