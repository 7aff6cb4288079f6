/**
 * Where rules that are made of other rules stand in the indexes: under a simple condition that
 * must hold if the rule is to match, the most selective there is. For AND that is one of its
 * members, for OR all of them together. Whoever finds the rule there still has to ask it.
 *
 * A condition on a fact that nobody knows yet cannot find anything, and might hold: rules that
 * stand under one stand elsewhere, too, once for each set of facts that may be unknown.
 */
import type { FlowFacts } from '../flow-facts.ts';
import { needsOf } from '../needs.ts';
import type { Steps } from '../pace.ts';
import { membersOf } from '../rule.ts';
import type { Condition, Rule } from '../rule.ts';
import type { RuleContext } from '../rule-set.ts';
import { NEED_DOMAIN, NEED_IP, NEED_PROCESS } from '../verdict.ts';
import type { Verdict } from '../verdict.ts';
import { FactIndexes, isIndexed } from './fact-indexes.ts';
import type { RuleTaker } from './postings.ts';

/** Conditions one of which must hold; null: no such thing is known. */
type Keys = readonly Condition[] | null;

/** Rules of an unknown set of facts. */
interface View {
  readonly unknown: Verdict;
  readonly indexes: FactIndexes;
  readonly rest: number[];
  sealedRest: Int32Array;
}

/** A rule that would stand under more conditions than this is asked in order instead. */
const MOST_KEYS = 64;

export class LogicViews {
  readonly #views: readonly View[];
  /** How many rules each condition could find. */
  readonly #counts = new Map<string, number>();

  constructor(context: RuleContext) {
    const all = NEED_DOMAIN | NEED_IP | NEED_PROCESS;
    const sets = Array.from({ length: all + 1 }, (_, bits) => bits);
    this.#views = sets
      .filter((bits) => bits !== 0 && (bits & ~all) === 0)
      .map((unknown) => ({
        unknown,
        indexes: new FactIndexes(context),
        rest: [],
        sealedRest: new Int32Array(0),
      }));
  }

  /** Whether a condition is made of others. */
  static holds(condition: Condition): boolean {
    switch (condition.kind) {
      case 'and':
      case 'or':
      case 'not':
      case 'sub-rule':
        return true;
      default:
        return false;
    }
  }

  /** First of all: how often each simple condition occurs, which tells how selective it is. */
  *count(rules: readonly Rule[]): Steps<void> {
    for (const [index, { condition }] of rules.entries()) {
      if (index % 256 === 0) yield;
      if (LogicViews.holds(condition)) this.#countIn(condition);
    }
  }

  /** False where the rule stands in no index and has to be asked in order. */
  add(condition: Condition, rule: number, indexes: FactIndexes): boolean {
    const keys = this.#keys(condition, false, 0);
    if (keys === null || keys.length > MOST_KEYS) return false;
    let needs = 0;
    for (const key of keys) {
      needs |= needsOf(key);
      indexes.add(key, rule);
    }
    for (const view of this.#views) {
      if ((view.unknown & (needs | addressNeed(keys))) === 0) continue;
      const others = this.#keys(condition, false, view.unknown);
      if (others === null || others.length > MOST_KEYS) view.rest.push(rule);
      else for (const key of others) view.indexes.add(key, rule);
    }
    return true;
  }

  *seal(): Steps<void> {
    this.#counts.clear();
    for (const view of this.#views) {
      view.sealedRest = Int32Array.from(view.rest);
      yield* view.indexes.seal();
    }
  }

  /** Tells of the rules that stand elsewhere while these facts are unknown. */
  find(unknown: Verdict, facts: FlowFacts, taker: RuleTaker): void {
    const view = this.#views.find((one) => one.unknown === unknown);
    if (view === undefined) return;
    view.indexes.find(facts, taker);
    if (view.sealedRest.length > 0) taker.take(view.sealedRest, 0, view.sealedRest.length);
  }

  #countIn(condition: Condition): void {
    for (const member of membersOf(condition)) {
      if (LogicViews.holds(member.condition)) this.#countIn(member.condition);
      else if (isIndexed(member.condition)) {
        const key = keyOf(member.condition);
        this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
      }
    }
  }

  /** `turned`: what must hold for the condition not to match. */
  #keys(condition: Condition, turned: boolean, unknown: Verdict): Keys {
    switch (condition.kind) {
      case 'not':
        return this.#keys(condition.member.condition, !turned, unknown);
      case 'sub-rule':
        return this.#keys(condition.when.condition, turned, unknown);
      case 'and':
      case 'or': {
        const isAnd = (condition.kind === 'and') !== turned;
        const all = condition.members.map((one) => this.#keys(one.condition, turned, unknown));
        return isAnd ? this.#cheapest(all) : union(all);
      }
      case 'always':
        return turned ? [] : null;
      case 'never':
        return turned ? null : [];
      case 'network':
        return [turned ? { kind: 'network', network: otherNetwork(condition.network) } : condition];
      default:
        break;
    }
    if ((needsOf(condition) & unknown) !== 0) return null;
    // An address that nobody knows is none to `no-resolve`.
    if ((addressNeed([condition]) & unknown) !== 0) return turned ? null : [];
    return turned || !isIndexed(condition) ? null : [condition];
  }

  #cheapest(all: readonly Keys[]): Keys {
    let best: Keys = null;
    let bestCost = Infinity;
    for (const keys of all) {
      if (keys === null) continue;
      const cost = this.#costOf(keys);
      if (cost >= bestCost) continue;
      best = keys;
      bestCost = cost;
    }
    return best;
  }

  #costOf(keys: readonly Condition[]): number {
    let cost = 0;
    for (const key of keys) cost += (this.#counts.get(keyOf(key)) ?? 1) + breadth(key);
    return cost;
  }
}

function union(all: readonly Keys[]): Keys {
  const keys: Condition[] = [];
  for (const one of all) {
    if (one === null) return null;
    keys.push(...one);
  }
  return keys;
}

/** `no-resolve` conditions ask for no address, and cannot find anything without one. */
function addressNeed(keys: readonly Condition[]): Verdict {
  return keys.some((key) => 'noResolve' in key && !key.src && key.noResolve) ? NEED_IP : 0;
}

function otherNetwork(network: 'tcp' | 'udp'): 'tcp' | 'udp' {
  return network === 'tcp' ? 'udp' : 'tcp';
}

/** What of all flows a condition finds, between equals: less is better. */
function breadth(condition: Condition): number {
  switch (condition.kind) {
    case 'domain':
    case 'process':
      return 0;
    case 'domain-suffix':
    case 'domain-pattern':
    case 'process-pattern':
      return 0.1;
    case 'ip-cidr':
      return condition.prefix.length < 8 ? 100 : 0.2;
    case 'ip-suffix':
    case 'ip-asn':
    case 'domain-keyword':
    case 'uid':
      return 0.3;
    case 'port':
      return 0.5;
    case 'geoip':
      return 0.8;
    default:
      return 2;
  }
}

function keyOf(condition: Condition): string {
  switch (condition.kind) {
    case 'domain':
      return `d ${condition.domain}`;
    case 'domain-suffix':
      return `s ${condition.suffix}`;
    case 'domain-keyword':
      return `k ${condition.keyword}`;
    case 'domain-pattern':
      return `k ${condition.pattern.literal}`;
    case 'process':
      return `p ${condition.field} ${condition.text}`;
    case 'process-pattern':
      return `q ${condition.field} ${condition.pattern.literal}`;
    case 'ip-cidr': {
      const { ip, length } = condition.prefix;
      return `i ${condition.src} ${ip.w0} ${ip.w1} ${ip.w2} ${ip.w3} ${length}`;
    }
    case 'ip-suffix': {
      const { ip, length } = condition.suffix;
      return `j ${condition.src} ${ip.w0} ${ip.w1} ${ip.w2} ${ip.w3} ${length}`;
    }
    case 'geoip':
      return `g ${condition.src} ${condition.code}`;
    case 'ip-asn':
      return `a ${condition.src} ${condition.asn}`;
    case 'port':
      return `t ${condition.of} ${condition.ranges.map(({ first, last }) => `${first}-${last}`).join()}`;
    default:
      return condition.kind;
  }
}
