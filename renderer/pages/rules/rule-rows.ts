/** The rules as rows of a list, and where changes of them go. Pure. */
import type { FileRule, RuleEdit } from '../../../core/api/edit.ts';
import type { RuleHit } from '../../../core/api/rule-hits.ts';
import { hasAll, wordsOf } from '../../components/sort-rows.ts';
import { printable } from '../../format.ts';

export interface RuleRow extends FileRule {
  /** Stays with the rule when it moves. */
  readonly key: string;
  /** Place in the list, from 0, the disabled ones included. */
  readonly at: number;
  /** How often it has decided; null: not yet. */
  readonly hit: RuleHit | null;
}

export function ruleName({ text }: RuleRow): string {
  return printable(text ?? '?');
}

export function ruleRows(rules: readonly FileRule[], hits: readonly RuleHit[]): RuleRow[] {
  const byLine = new Map(hits.map((hit) => [hit.line, hit]));
  const seen = new Map<string, number>();
  return rules.map((rule, at) => {
    const text = rule.text ?? '';
    const count = seen.get(text) ?? 0;
    seen.set(text, count + 1);
    const hit = rule.enabled ? (byLine.get(rule.line) ?? null) : null;
    return { ...rule, key: `${text} ${count}`, at, hit };
  });
}

export function selectRules(rows: readonly RuleRow[], filter: string): readonly RuleRow[] {
  const words = wordsOf(filter);
  if (words.length === 0) return rows;
  return rows.filter(({ text }) => hasAll((text ?? '').toLowerCase(), words));
}

/** A new rule goes last, but before a MATCH at the end: behind that, it would decide nothing. */
export function insertion(rules: readonly FileRule[], rule: string): RuleEdit {
  const last = rules.findLastIndex(({ enabled }) => enabled);
  const isMatch = /^match\s*,/i.test(rules[last]?.text?.trim() ?? '');
  return isMatch ? { op: 'insert', rule, at: last } : { op: 'insert', rule };
}

export function toggle(row: RuleRow): RuleEdit {
  return { op: row.enabled ? 'disable' : 'enable', at: row.at, ...expected(row) };
}

export function removal(row: RuleRow): RuleEdit {
  return { op: 'remove', at: row.at, ...expected(row) };
}

/** Switches rows on or off that are not so yet. */
export function toggleAll(rows: readonly RuleRow[], isOn: boolean): RuleEdit[] {
  return rows.filter(({ enabled }) => enabled !== isOn).map(toggle);
}

/** From the last on: each counts in the list that the one before has left. */
export function removeAll(rows: readonly RuleRow[]): RuleEdit[] {
  return rows.toSorted((a, b) => b.at - a.at).map(removal);
}

export function replacement(row: RuleRow, by: string): RuleEdit {
  return { op: 'replace', at: row.at, by, ...expected(row) };
}

/** Before another row, or behind all where `before` is undefined. Null where it is there already. */
export function moveBefore(
  row: RuleRow,
  before: RuleRow | undefined,
  count: number,
): RuleEdit | null {
  const place = before?.at ?? count;
  const to = place > row.at ? place - 1 : place;
  return to === row.at ? null : { op: 'move', from: row.at, to, ...expected(row) };
}

/** Null where it is the first or the last already. */
export function move(row: RuleRow, by: -1 | 1, count: number): RuleEdit | null {
  const to = row.at + by;
  if (to < 0 || to >= count) return null;
  return { op: 'move', from: row.at, to, ...expected(row) };
}

function expected({ text }: RuleRow): { readonly rule?: string } {
  return text === null ? {} : { rule: text };
}
