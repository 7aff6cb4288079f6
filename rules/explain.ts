/**
 * Why the rules decide as they do: walks the list as a person would read it. Slow by design and
 * off the data path; a property test holds it to the same decisions as `CompiledRules`.
 */
import type { RuleProgram } from './compile.ts';
import { judge } from './explain-clause.ts';
import type { Judgement, Need } from './explain-clause.ts';
import type { FlowFacts } from './flow-facts.ts';
import type { Decided, Outcome } from './outcome.ts';
import { PASS, UNMATCHED_TARGET } from './outcome.ts';
import type { Rule } from './rule.ts';
import { EMPTY_CONTEXT } from './rule-set.ts';
import type { RuleContext } from './rule-set.ts';

export interface ExplainStep extends Judgement {
  readonly index: number;
  readonly rule: Rule;
  /** Of SUB-RULE whose condition holds or may hold: the list that it leads to. */
  readonly list: RuleExplanation | null;
  /** Its target is PASS: whether it matches or not, the next rule decides. */
  readonly passed: boolean;
  /** The name was resolved because of this rule; rules from here on see the address. */
  readonly resolved: boolean;
}

export interface RuleExplanation {
  /** Every rule from the first to the one that matched, or all. */
  readonly steps: readonly ExplainStep[];
  /** The same as `CompiledRules.match` gives. */
  readonly outcome: Outcome;
}

/**
 * `facts` may be of a flow whose address was found out because a rule asked for it. `passes`:
 * whether a target leaves the decision to the next rule.
 */
export function explain(
  program: RuleProgram,
  facts: FlowFacts,
  context: RuleContext = EMPTY_CONTEXT,
  passes: (target: string) => boolean = (target) => target === PASS,
): RuleExplanation {
  return new Walk(program, context, passes).walk(program.rules, facts);
}

class Walk {
  readonly #program: RuleProgram;
  readonly #context: RuleContext;
  readonly #passes: (target: string) => boolean;

  constructor(program: RuleProgram, context: RuleContext, passes: (target: string) => boolean) {
    this.#program = program;
    this.#context = context;
    this.#passes = passes;
  }

  walk(rules: readonly Rule[], facts: FlowFacts): RuleExplanation {
    const steps: ExplainStep[] = [];
    let outcome: Outcome | null = null;
    const mustAsk = facts.dstIpResolved && facts.dstIp !== undefined;
    /** As the rules see the flow until one of them asks for the address. */
    let seen = mustAsk ? { ...facts, dstIp: undefined, dstIpResolved: false } : facts;
    let asks = mustAsk;
    for (const [index, rule] of rules.entries()) {
      let step = this.#step(index, rule, seen);
      if (asks && !step.passed && step.result === 'undecided' && step.needs[0] === 'ip') {
        step = { ...this.#step(index, rule, facts), resolved: true };
        seen = { ...facts, dstIpResolved: false };
        asks = false;
      }
      steps.push(step);
      if (step.result === 'missed' || step.passed) continue;
      outcome ??= outcomeOf(step);
      if (step.result === 'matched') break;
    }
    return { steps, outcome: outcome ?? UNMATCHED };
  }

  #step(index: number, rule: Rule, facts: FlowFacts): ExplainStep {
    const judgement = judge(rule.condition, facts, this.#context);
    const step = { index, rule, ...judgement, list: null, passed: false, resolved: false };
    if (judgement.result === 'missed') return step;
    if (rule.condition.kind !== 'sub-rule') {
      return this.#passes(rule.target) ? { ...step, passed: true } : step;
    }
    const list = this.walk(this.#program.subRules.get(rule.target) ?? [], facts);
    return { ...step, ...throughList(judgement, list), list };
  }
}

/** What comes of a SUB-RULE whose condition holds or may hold. */
function throughList(
  judgement: Judgement,
  { outcome }: RuleExplanation,
): Pick<Judgement, 'result' | 'reason' | 'needs'> {
  if (outcome.kind === 'decided' && outcome.index < 0) {
    return { result: 'missed', reason: 'no rule of its list matches', needs: [] };
  }
  const needs = new Set(judgement.needs);
  if (outcome.kind !== 'decided') needs.add(needOf(outcome));
  const order: readonly Need[] = ['process', 'domain', 'ip'];
  const sorted = order.filter((need) => needs.has(need));
  if (sorted.length > 0) {
    return {
      result: 'undecided',
      reason: 'its list depends on what is not known yet',
      needs: sorted,
    };
  }
  return { result: 'matched', reason: 'its condition matches, and its list decides', needs: [] };
}

function outcomeOf({ index, rule, result, needs, list }: ExplainStep): Outcome {
  if (result !== 'matched') return { kind: `need-${needs[0] ?? 'ip'}`, index };
  const sub = list?.outcome.kind === 'decided' ? list.outcome : null;
  return { kind: 'decided', index, rule, target: sub?.target ?? rule.target, sub };
}

function needOf({ kind }: Exclude<Outcome, Decided>): Need {
  return ({ 'need-process': 'process', 'need-domain': 'domain', 'need-ip': 'ip' } as const)[kind];
}

const UNMATCHED: Decided = {
  kind: 'decided',
  index: -1,
  rule: null,
  target: UNMATCHED_TARGET,
  sub: null,
};
