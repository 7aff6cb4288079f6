/**
 * Rules compiled to indexes, one for each thing a rule can compare. Each index answers with the
 * smallest rule index that matches, and the smallest of all is the decision: the cost grows with
 * the kinds of rules, not with their number.
 */
import type { FlowFacts } from './flow-facts.ts';
import { DomainIndex } from './domain-index.ts';
import type { Decided, Outcome } from './outcome.ts';
import { PortIndex } from './port-index.ts';
import { PrefixIndex } from './prefix-index.ts';
import type { Rule } from './rule.ts';
import { EMPTY_CONTEXT } from './rule-set.ts';
import type { RuleContext } from './rule-set.ts';

/** Greater than every rule index, and still a small integer to V8. */
const NONE = 0x7fffffff;

/** Where flows go that no rule matches, as in mihomo. */
export const UNMATCHED_TARGET = 'DIRECT';

export class CompiledRules {
  readonly rules: readonly Rule[];
  readonly context: RuleContext;
  readonly #domains = new DomainIndex(NONE);
  readonly #src = new PrefixIndex();
  readonly #dst = new PrefixIndex();
  /** `no-resolve` rules before the first rule that resolves: they see original addresses only. */
  readonly #dstOriginal = new PrefixIndex();
  readonly #srcPorts = new PortIndex();
  readonly #dstPorts = new PortIndex();
  #tcp = NONE;
  #udp = NONE;
  #always = NONE;
  /** The first rule that needs the domain, and the first that needs the address of a name. */
  #firstDomain = NONE;
  #firstResolving = NONE;
  readonly #decisions: readonly Decided[];
  readonly #unmatched: Decided = {
    kind: 'decided',
    index: -1,
    rule: null,
    target: UNMATCHED_TARGET,
  };

  constructor(rules: readonly Rule[], context: RuleContext = EMPTY_CONTEXT) {
    this.rules = rules;
    this.context = context;
    this.#decisions = rules.map((rule, index) => ({
      kind: 'decided',
      index,
      rule,
      target: rule.target,
    }));
    rules.forEach((rule, index) => this.#add(rule, index));
    this.#domains.seal();
    this.#srcPorts.seal();
    this.#dstPorts.seal();
  }

  /** The first rule that matches, or what must be found out before that is certain. Never throws. */
  match(facts: FlowFacts): Outcome {
    const { domain, dstIp } = facts;
    let best = Math.min(this.#always, facts.network === 'tcp' ? this.#tcp : this.#udp);
    best = this.#dstPorts.first(facts.dstPort, best);
    best = this.#srcPorts.first(facts.srcPort, best);
    best = this.#src.first(facts.srcIp, best);
    if (dstIp !== undefined && dstIp !== null) {
      best = this.#dst.first(dstIp, best);
      if (!facts.dstIpResolved) best = this.#dstOriginal.first(dstIp, best);
    }
    if (domain !== undefined && domain !== null) best = this.#domains.first(domain, best);
    if (domain === undefined && this.#firstDomain < best) {
      return { kind: 'need-domain', index: this.#firstDomain };
    }
    if (dstIp === undefined && this.#firstResolving < best) {
      return { kind: 'need-ip', index: this.#firstResolving };
    }
    return this.#decisions[best] ?? this.#unmatched;
  }

  #add(rule: Rule, index: number): void {
    const { condition } = rule;
    switch (condition.kind) {
      case 'domain':
        this.#firstDomain = Math.min(this.#firstDomain, index);
        this.#domains.addDomain(condition.domain, index);
        break;
      case 'domain-suffix':
        this.#firstDomain = Math.min(this.#firstDomain, index);
        this.#domains.addSuffix(condition.suffix, index);
        break;
      case 'domain-keyword':
        this.#firstDomain = Math.min(this.#firstDomain, index);
        this.#domains.addKeyword(condition.keyword, index);
        break;
      case 'dst-ip':
        if (!condition.noResolve) this.#firstResolving = Math.min(this.#firstResolving, index);
        if (this.#firstResolving === NONE) this.#dstOriginal.add(condition.prefix, index);
        else this.#dst.add(condition.prefix, index);
        break;
      case 'src-ip':
        this.#src.add(condition.prefix, index);
        break;
      case 'dst-port':
        this.#dstPorts.add(condition.ranges, index);
        break;
      case 'src-port':
        this.#srcPorts.add(condition.ranges, index);
        break;
      case 'network':
        if (condition.network === 'tcp') this.#tcp = Math.min(this.#tcp, index);
        else this.#udp = Math.min(this.#udp, index);
        break;
      case 'always':
        this.#always = Math.min(this.#always, index);
        break;
      case 'never':
        break;
    }
  }
}
