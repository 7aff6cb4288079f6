/**
 * Rules compiled to indexes, one for each thing a rule can compare. Whatever a flow brings is
 * looked up in the index of its kind; the smallest rule that answers is the decision. The cost
 * grows with the kinds of rules, not with their number.
 *
 * Three kinds of rules stand in the indexes: those for which being found is matching, those that
 * are found by one of their conditions and then asked (logic), and a rest that no index can find,
 * which is asked in order as far as the best rule so far.
 */
import { evaluate } from './evaluate.ts';
import type { FlowFacts } from './flow-facts.ts';
import { FactIndexes } from './indexes/fact-indexes.ts';
import { LogicViews } from './indexes/logic-views.ts';
import type { Decided, Outcome } from './outcome.ts';
import { PASS, UNMATCHED_TARGET } from './outcome.ts';
import type { Steps } from './pace.ts';
import type { Rule } from './rule.ts';
import type { RuleContext } from './rule-set.ts';
import { needsOf } from './needs.ts';
import { and, NEED_DOMAIN, NEED_IP, NEED_PROCESS, NO, YES } from './verdict.ts';
import type { Verdict } from './verdict.ts';

/** Greater than every rule index, and still a small integer to V8. */
const NONE = 0x7fffffff;

/** Rules that are added between two chances for others to run. */
const FEW = 128;

const NO_RULES = new Int32Array(0);

export class CompiledRules {
  readonly rules: readonly Rule[];
  readonly context: RuleContext;
  /** The lists that SUB-RULE leads to, by name; may be filled after this. */
  readonly #lists: ReadonlyMap<string, CompiledRules>;
  readonly #indexes: FactIndexes;
  readonly #logic: LogicViews;
  /** By rule: whether it must be asked when it is found. */
  readonly #asked: Uint8Array;
  /** Rules that no index finds, in order. */
  #rest = NO_RULES;
  /** Rules of one condition that are found by the domain, a resolved address, the program. */
  #byDomain = NO_RULES;
  #byAddress = NO_RULES;
  #byProcess = NO_RULES;
  readonly #decisions: (Decided | undefined)[] = [];
  readonly #subDecisions = new Map<Decided, Map<number, Decided>>();

  // The search in progress. A list never leads to itself, so one at a time is enough.
  best = NONE;
  #verdict: Verdict = YES;
  #from = 0;
  #facts: FlowFacts | null = null;
  /** The rule that asked for the address, and the facts as it sees them. */
  #asker = NONE;
  #askerFacts: FlowFacts | null = null;
  /** Rules that would have to know more count as missed. */
  #onlyYes = false;

  /** Empty until `build` has run to its end; `compile.ts` does both. */
  constructor(
    rules: readonly Rule[],
    context: RuleContext,
    lists: ReadonlyMap<string, CompiledRules>,
  ) {
    this.rules = rules;
    this.context = context;
    this.#lists = lists;
    this.#indexes = new FactIndexes(context);
    this.#logic = new LogicViews(context);
    this.#asked = new Uint8Array(rules.length);
  }

  *build(): Steps<void> {
    const rest: number[] = [];
    const byDomain: number[] = [];
    const byAddress: number[] = [];
    const byProcess: number[] = [];
    yield* this.#logic.count(this.rules);
    for (const [index, { condition, target }] of this.rules.entries()) {
      if (index % FEW === 0) yield;
      // What hands over to the next rule decides nothing; SUB-RULE's target is a list.
      if (target === PASS && condition.kind !== 'sub-rule') continue;
      if (LogicViews.holds(condition)) {
        this.#asked[index] = 1;
        if (!this.#logic.add(condition, index, this.#indexes)) rest.push(index);
      } else if (this.#indexes.add(condition, index)) {
        if ('pattern' in condition) this.#asked[index] = 1;
        const needs = needsOf(condition);
        if (needs === NEED_DOMAIN) byDomain.push(index);
        else if (needs === NEED_IP) byAddress.push(index);
        else if (needs === NEED_PROCESS) byProcess.push(index);
      } else if (condition.kind !== 'never') {
        this.#asked[index] = 1;
        rest.push(index);
      }
    }
    this.#rest = Int32Array.from(rest);
    this.#byDomain = Int32Array.from(byDomain);
    this.#byAddress = Int32Array.from(byAddress);
    this.#byProcess = Int32Array.from(byProcess);
    yield* this.#indexes.seal();
    yield* this.#logic.seal();
  }

  /** The first rule that matches, or what must be found out before that is certain. Never throws. */
  match(facts: FlowFacts): Outcome {
    return this.matchFrom(facts, 0);
  }

  /** The same, of the rules at or after `index` alone. */
  matchFrom(facts: FlowFacts, index: number): Outcome {
    this.#run(facts, index);
    const best = this.best;
    if (best === NONE) return this.#unmatched;
    const verdict = this.#verdict;
    if (verdict === YES) return this.#decided(best, this.#factsFor(best));
    if ((verdict & NEED_PROCESS) !== 0) return { kind: 'need-process', index: best };
    if ((verdict & NEED_DOMAIN) !== 0) return { kind: 'need-domain', index: best };
    return { kind: 'need-ip', index: best };
  }

  /** What would have decided without the rule that did: where its target turned out to be PASS. */
  matchAfter(facts: FlowFacts, { index, rule, sub }: Decided): Outcome {
    if (sub !== null && rule !== null) {
      const list = this.#lists.get(rule.target);
      const next = list?.matchAfter(facts, sub);
      if (next?.kind === 'decided' && next.index >= 0) return this.#withSub(index, next);
      if (next !== undefined && next.kind !== 'decided') return { kind: next.kind, index };
    }
    return this.matchFrom(facts, index + 1);
  }

  /** Whether some rule matches, or what must be known to tell: for sets, whose order does not count. */
  test(facts: FlowFacts): Verdict {
    this.#onlyYes = true;
    this.#search(facts, 0);
    this.#onlyYes = false;
    if (this.best !== NONE) return YES;
    this.#search(facts, 0);
    return this.best === NONE ? NO : this.#verdict;
  }

  /** For the indexes, which tell where rules stand that may match. */
  take(rules: Int32Array, start: number, end: number): void {
    let at = start;
    if (this.#from > 0 && (rules[at] ?? 0) < this.#from)
      at = lowerBound(rules, start, end, this.#from);
    for (; at < end; at++) {
      const rule = rules[at] ?? NONE;
      if (rule >= this.best) return;
      const verdict = this.#asked[rule] === 0 ? YES : this.#ask(rule);
      if (verdict === NO || (this.#onlyYes && verdict !== YES)) continue;
      this.best = rule;
      this.#verdict = verdict;
      return;
    }
  }

  readonly #unmatched: Decided = {
    kind: 'decided',
    index: -1,
    rule: null,
    target: UNMATCHED_TARGET,
    sub: null,
  };

  /**
   * An address that was found out for a rule is seen from that rule on: `no-resolve` rules before
   * it miss, as they did when it was not known.
   */
  #run(facts: FlowFacts, from: number): void {
    if (!facts.dstIpResolved || facts.dstIp === undefined) {
      this.#search(facts, from);
      return;
    }
    const unresolved = { ...facts, dstIp: undefined, dstIpResolved: false };
    let start = 0;
    for (;;) {
      this.#search(unresolved, start);
      if (this.best >= from || (this.#verdict & NEED_IP) !== 0) break;
      start = this.best + 1;
    }
    if (this.best === NONE || this.#verdict === YES) return;
    if ((this.#verdict & (NEED_PROCESS | NEED_DOMAIN)) !== 0) return;
    const asker = this.best;
    const settled = { ...facts, dstIpResolved: false };
    this.#asker = asker;
    this.#askerFacts = facts;
    this.#search(settled, Math.max(asker, from));
    this.#asker = NONE;
    if (this.best === asker) this.#facts = facts;
  }

  /** Leaves the first rule that does not miss in `best`. */
  #search(facts: FlowFacts, from: number): void {
    this.best = NONE;
    this.#verdict = YES;
    this.#from = from;
    this.#facts = facts;
    let unknown = 0;
    if (facts.domain === undefined) unknown |= NEED_DOMAIN;
    if (facts.dstIp === undefined) unknown |= NEED_IP;
    if (facts.process === undefined) unknown |= NEED_PROCESS;
    if (unknown !== 0 && !this.#onlyYes) {
      if ((unknown & NEED_PROCESS) !== 0) this.#need(this.#byProcess, NEED_PROCESS);
      if ((unknown & NEED_DOMAIN) !== 0) this.#need(this.#byDomain, NEED_DOMAIN);
      if ((unknown & NEED_IP) !== 0) this.#need(this.#byAddress, NEED_IP);
    }
    this.#indexes.find(facts, this);
    if (unknown !== 0) this.#logic.find(unknown, facts, this);
    if (this.#rest.length > 0) this.take(this.#rest, 0, this.#rest.length);
  }

  #need(rules: Int32Array, need: Verdict): void {
    const at = this.#from === 0 ? 0 : lowerBound(rules, 0, rules.length, this.#from);
    const rule = rules[at] ?? NONE;
    if (rule >= this.best) return;
    this.best = rule;
    this.#verdict = need;
  }

  #ask(index: number): Verdict {
    const rule = this.rules[index];
    const facts = this.#factsFor(index);
    if (rule === undefined || facts === null) return NO;
    const verdict = evaluate(rule.condition, facts, this.context);
    if (rule.condition.kind !== 'sub-rule' || verdict === NO) return verdict;
    return and(verdict, this.#lists.get(rule.target)?.listVerdict(facts) ?? NO);
  }

  /** For SUB-RULE: whether this list decides, or what it must know to tell. */
  listVerdict(facts: FlowFacts): Verdict {
    this.#run(facts, 0);
    return this.best === NONE ? NO : this.#verdict;
  }

  #factsFor(index: number): FlowFacts | null {
    return index === this.#asker ? this.#askerFacts : this.#facts;
  }

  #decided(index: number, facts: FlowFacts | null): Decided {
    const rule = this.rules[index] ?? null;
    if (rule?.condition.kind === 'sub-rule' && facts !== null) {
      const sub = this.#lists.get(rule.target)?.match(facts);
      if (sub?.kind === 'decided') return this.#withSub(index, sub);
    }
    let decision = this.#decisions[index];
    if (decision === undefined) {
      const target = rule?.target ?? UNMATCHED_TARGET;
      decision = { kind: 'decided', index, rule, target, sub: null };
      this.#decisions[index] = decision;
    }
    return decision;
  }

  #withSub(index: number, sub: Decided): Decided {
    let known = this.#subDecisions.get(sub);
    if (known === undefined) this.#subDecisions.set(sub, (known = new Map<number, Decided>()));
    let decision = known.get(index);
    if (decision === undefined) {
      const rule = this.rules[index] ?? null;
      decision = { kind: 'decided', index, rule, target: sub.target, sub };
      known.set(index, decision);
    }
    return decision;
  }
}

/** The first place in a rising list whose value is not below `value`. */
function lowerBound(list: Int32Array, start: number, end: number, value: number): number {
  let low = start;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
