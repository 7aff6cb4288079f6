/**
 * Sets of names, addresses or whole rules that live outside the rule list, and what else rules
 * ask of data files. A set is immutable; a refreshed one replaces it in its slot in one step, and
 * compiled rules see it at once.
 */
import type { FlowFacts } from './flow-facts.ts';
import type { Ip } from './ip.ts';
import type { AddressFlags } from './rule.ts';
import type { Verdict } from './verdict.ts';

/** The entry of a set that a flow met, for explanations. */
export interface SetEntry {
  /** Line in the provider's file, or the number of the entry, from 1; 0: unknown. */
  readonly line: number;
  /** As it is understood, which is nearly as it is written. */
  readonly text: string;
}

export interface RuleSet {
  readonly behavior: 'domain' | 'ipcidr' | 'classical';
  /** Number of entries. */
  readonly size: number;
  /** Whether the flow is in the set, or what must be known to tell. Never throws. */
  test(facts: FlowFacts, flags: AddressFlags): Verdict;
  /** Where `test` is `YES`: an entry that made it so. Slow. */
  find(facts: FlowFacts, flags: AddressFlags): SetEntry | null;
  /** Whether a name alone (normalized) is in the set. */
  hasDomain(domain: string): boolean;
  /** Whether an address alone is in the set. */
  hasIp(ip: Ip): boolean;
}

/** Where the current state of a set is found. One slot stays for as long as its name is in use. */
export interface RuleSetSlot {
  readonly name: string;
  /** Null while nothing has been loaded: rules that name it do not match. */
  current: RuleSet | null;
}

/** What rules look up outside their own text. */
export interface RuleContext {
  /** By the name of the rule provider. */
  readonly ruleSets: ReadonlyMap<string, RuleSetSlot>;
  /** GEOSITE by its code in lower case; null where the data has no such list. */
  geosite(code: string): RuleSetSlot | null;
  /** Codes of the country (or other lists) of an address in lower case; empty: unknown, or no data. */
  geoip(ip: Ip): readonly string[];
  /** Number of the autonomous system that an address belongs to; 0: unknown, or no data. */
  asn(ip: Ip): number;
}

/** Rules that use no data files and no providers. */
export const EMPTY_CONTEXT: RuleContext = {
  ruleSets: new Map(),
  geosite: () => null,
  geoip: () => [],
  asn: () => 0,
};
