/** Sets made of other sets: several as one, and everything but one. */
import type { FlowFacts } from '../../rules/flow-facts.ts';
import type { Ip } from '../../rules/ip.ts';
import type { AddressFlags } from '../../rules/rule.ts';
import type { RuleSet, SetEntry } from '../../rules/rule-set.ts';
import { NEED_DOMAIN, NO, YES, or } from '../../rules/verdict.ts';
import type { Verdict } from '../../rules/verdict.ts';

/** Whatever is in one of them. */
export class UnionSet implements RuleSet {
  readonly behavior = 'classical';
  readonly size: number;
  readonly #sets: readonly RuleSet[];

  constructor(sets: readonly RuleSet[]) {
    this.#sets = sets;
    this.size = sets.reduce((sum, { size }) => sum + size, 0);
  }

  test(facts: FlowFacts, flags: AddressFlags): Verdict {
    let verdict: Verdict = NO;
    for (const set of this.#sets) {
      verdict = or(verdict, set.test(facts, flags));
      if (verdict === YES) return YES;
    }
    return verdict;
  }

  find(facts: FlowFacts, flags: AddressFlags): SetEntry | null {
    for (const set of this.#sets) {
      const entry = set.test(facts, flags) === YES ? set.find(facts, flags) : null;
      if (entry !== null) return entry;
    }
    return null;
  }

  hasDomain(domain: string): boolean {
    return this.#sets.some((set) => set.hasDomain(domain));
  }

  hasIp(ip: Ip): boolean {
    return this.#sets.some((set) => set.hasIp(ip));
  }
}

/** Every name that is not in it, as `GEOSITE,!cn` in mihomo. What has no name is in neither. */
export class OtherNames implements RuleSet {
  readonly behavior = 'domain';
  readonly size: number;
  readonly #set: RuleSet;

  constructor(set: RuleSet) {
    this.#set = set;
    this.size = set.size;
  }

  test({ domain }: FlowFacts): Verdict {
    if (domain === undefined) return NEED_DOMAIN;
    return domain !== null && this.hasDomain(domain) ? YES : NO;
  }

  find(): SetEntry {
    return { line: 0, text: 'no entry of the list' };
  }

  hasDomain(domain: string): boolean {
    return !this.#set.hasDomain(domain);
  }

  hasIp(): boolean {
    return false;
  }
}
