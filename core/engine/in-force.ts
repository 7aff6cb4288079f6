/**
 * What applies to flows that begin now. Applying a configuration makes a new one and swaps it in
 * with one assignment; a flow keeps the one it began with.
 */
import type { Config } from '../config/config.ts';
import type { NameSets } from '../dns/exchange.ts';
import type { Policy } from './policy.ts';
import { Sniffing } from './sniffing.ts';

export interface InForce {
  readonly config: Config;
  readonly policy: Policy;
  readonly sniffing: Sniffing;
}

export function inForceOf(policy: Policy, sets: NameSets): InForce {
  const { config } = policy;
  return { config, policy, sniffing: new Sniffing(config.sniffer, sets) };
}
