/** A rule as the fields of a form, and back. Pure. */
import { FLAGS } from './rule-types.ts';

export interface RuleParts {
  readonly type: string;
  /** Empty for MATCH. */
  readonly payload: string;
  readonly target: string;
  readonly flags: readonly string[];
}

/** Rules that are made of others: only their text says what they are. */
export const MADE_OF_OTHERS: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT', 'SUB-RULE']);

const WITH_FLAGS = new Set(['IP-CIDR', 'IP-CIDR6', 'IP-SUFFIX', 'IP-ASN', 'GEOIP', 'RULE-SET']);

/** What may stand behind the target of such a rule. */
export function flagsOf(type: string): readonly string[] {
  return WITH_FLAGS.has(type) ? FLAGS : [];
}

/** Null where a form of four fields cannot say it. */
export function partsOf(rule: string): RuleParts | null {
  const [first = '', ...rest] = rule.split(',').map((part) => part.trim());
  const type = first.toUpperCase();
  if (MADE_OF_OTHERS.has(type)) return null;
  const payload = type === 'MATCH' ? '' : rest.shift();
  const [target, ...flags] = rest;
  if (payload === undefined || target === undefined || target === '') return null;
  // What is no flag may be the rest of an expression with commas in it.
  if (!flags.every((flag) => flagsOf(type).includes(flag))) return null;
  return { type, payload, target, flags };
}

/** Empty where something is missing. */
export function textOf({ type, payload, target, flags }: RuleParts): string {
  if (target.trim() === '') return '';
  if (type === 'MATCH') return `MATCH,${target.trim()}`;
  if (payload.trim() === '') return '';
  const allowed = flags.filter((flag) => flagsOf(type).includes(flag));
  return [type, payload.trim(), target.trim(), ...allowed].join(',');
}
