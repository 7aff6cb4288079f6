/** What comes of asking the rules about a flow. */
import type { Rule } from './rule.ts';

/** Where flows go that no rule matches, as in mihomo. */
export const UNMATCHED_TARGET = 'DIRECT';

/** mihomo's target that lets the next rule decide. */
export const PASS = 'PASS';

/** One and the same object for the same way through the rules. */
export interface Decided {
  readonly kind: 'decided';
  /** Index into the rules that were compiled; -1 when none matched. */
  readonly index: number;
  /** Null when none matched: the target is then DIRECT, as in mihomo. */
  readonly rule: Rule | null;
  /** Of the rule, or of the rule of a list that SUB-RULE led to. */
  readonly target: string;
  /** What the list decided that SUB-RULE led to; null where the rule decided by itself. */
  readonly sub: Decided | null;
}

/**
 * The outcome depends on something `undefined` in the facts: find it out (or find that there is
 * none: `null`) and ask again. `index` is the first rule that needs it.
 */
export interface NeedDomain {
  readonly kind: 'need-domain';
  readonly index: number;
}
export interface NeedIp {
  readonly kind: 'need-ip';
  readonly index: number;
}

export interface NeedProcess {
  readonly kind: 'need-process';
  readonly index: number;
}

export type Outcome = Decided | NeedDomain | NeedIp | NeedProcess;

/** Of a flow of which everything was found out. */
export function decided(outcome: Outcome): Decided {
  if (outcome.kind === 'decided') return outcome;
  throw new TypeError(`The rules still ${outcome.kind}.`);
}
