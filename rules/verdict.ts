/**
 * What comes of one condition, as a small number: no, yes, or which unknown facts it depends on.
 * Kleene's logic over these: a conjunction with a `NO` is `NO` whatever else is unknown.
 */

/** `NO`, `YES`, or the sum of `NEED_` bits: no smaller number of facts may settle it. */
export type Verdict = number;

export const NO = 0;
export const YES = 1;
/** In the order in which they are asked for: the cheapest and least visible first. */
export const NEED_PROCESS = 2;
export const NEED_DOMAIN = 4;
export const NEED_IP = 8;

export function and(a: Verdict, b: Verdict): Verdict {
  if (a === NO || b === NO) return NO;
  if (a === YES) return b;
  return b === YES ? a : a | b;
}

export function or(a: Verdict, b: Verdict): Verdict {
  if (a === YES || b === YES) return YES;
  return a | b;
}

export function negate(a: Verdict): Verdict {
  if (a === NO) return YES;
  return a === YES ? NO : a;
}
