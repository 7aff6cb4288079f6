/** Where everything goes that no other rule takes: the last MATCH rule. Pure. */
import { editRules } from './edit-rules.ts';
import type { Plain } from './plain.ts';
import { targetOf, withTarget } from './references.ts';
import { findRuleList } from './rule-list.ts';
import type { YamlFile } from './yaml-file.ts';

export interface MatchRule {
  readonly target: string;
  /** Its number in the list, from 0. */
  readonly at: number;
  readonly rule: string;
  /** Offset of its text. */
  readonly start: number;
}

/** Null: there is none. Throws where the rules cannot be told. */
export function findMatch(file: YamlFile): MatchRule | null {
  const { entries } = findRuleList(file);
  const at = entries.findLastIndex(({ enabled, text }) => enabled && isMatch(text));
  const entry = entries[at];
  if (entry === undefined || entry.text === null) return null;
  const { text: rule, start } = entry;
  return { target: targetOf(rule) ?? '', at, rule, start };
}

/** Leads that rule there; a new one is added where there is none. */
export function setMatch(file: YamlFile, target: string): YamlFile {
  const match = findMatch(file);
  if (match === null) return editRules(file, [{ op: 'insert', rule: `MATCH,${target}` }]);
  const { at, rule } = match;
  return editRules(file, [{ op: 'replace', at, by: withTarget(rule, target), rule }]);
}

/** The same in what the file says. */
export function setPlainMatch(rules: Plain[], target: string): void {
  const at = rules.findLastIndex((rule) => typeof rule === 'string' && isMatch(rule));
  const rule = rules[at];
  if (typeof rule === 'string') rules[at] = withTarget(rule, target);
  else rules.push(`MATCH,${target}`);
}

function isMatch(rule: string | null): boolean {
  return rule !== null && /^\s*MATCH\s*,/i.test(rule);
}
