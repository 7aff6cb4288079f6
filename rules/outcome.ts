/** What comes of asking the rules about a flow. */
import type { Rule } from './rule.ts';

export interface Decided {
  readonly kind: 'decided';
  /** Index into the rules that were compiled; -1 when none matched. */
  readonly index: number;
  /** Null when none matched: the target is then DIRECT, as in mihomo. */
  readonly rule: Rule | null;
  readonly target: string;
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
