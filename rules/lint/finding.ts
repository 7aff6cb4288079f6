/** What a check of the rules can find, and how it could be put right. */
import type { Position, Rule } from '../rule.ts';
import type { RuleContext } from '../rule-set.ts';

export interface Finding {
  /** `info`: it works, and could be simpler or faster. */
  readonly severity: 'warning' | 'info';
  /** Stable, for programs. */
  readonly code: string;
  readonly message: string;
  readonly position: Position;
  readonly fix: Fix | null;
}

export interface Fix {
  /** False: flows may go elsewhere afterwards; it is a suggestion for a person. */
  readonly isSafe: boolean;
  /** The rule whose item is removed, or whose text changes. */
  readonly rule: Rule;
  /** Null: the rule is removed. */
  readonly replace: { readonly from: string; readonly to: string } | null;
}

/** One list of rules: `rules`, or one of `sub-rules`. */
export interface LintList {
  readonly rules: readonly Rule[];
  readonly context: RuleContext;
}

export type Report = (finding: Finding) => void;

/** One thing that is looked for, in time that is nearly linear in the rules. */
export type Check = (list: LintList, report: Report) => void;

export function removal(rule: Rule): Fix {
  return { isSafe: true, rule, replace: null };
}
