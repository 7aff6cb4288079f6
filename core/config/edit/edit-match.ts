/** Where everything goes that no other rule takes: the last MATCH rule. Pure. */
import { parseRule } from '../../../rules/parse-rule.ts';
import { editRules } from './edit-rules.ts';
import type { Plain } from './plain.ts';
import { withTarget } from './references.ts';
import { findRuleList } from './rule-list.ts';
import { quotingOf, scalarOf } from './rule-text.ts';
import { openYaml, spliced } from './yaml-file.ts';

export interface MatchRule {
  readonly target: string;
  /** Offset of its text. */
  readonly start: number;
}

/** Null: there is none. Throws where the rules cannot be told. */
export function findMatch(text: string): MatchRule | null {
  const entry = findRuleList(text).entries.findLast(
    ({ enabled, text: rule }) => enabled && isMatch(rule),
  );
  if (entry === undefined) return null;
  const target = parseRule(entry.text ?? '', { line: 0, column: 0 }).rule?.target ?? '';
  return { target, start: entry.start };
}

/** Leads that rule there; a new one is added where there is none. */
export function setMatch(text: string, target: string): string {
  const list = findRuleList(text);
  const entry = list.entries.findLast(({ enabled, text: rule }) => enabled && isMatch(rule));
  const rule = entry?.text;
  if (entry === undefined || rule === null || rule === undefined) {
    return editRules(text, [{ op: 'insert', rule: `MATCH,${target}` }]);
  }
  const isFlow = list.style === 'flow';
  const by = scalarOf(withTarget(rule, target), quotingOf(entry.source), isFlow);
  // What stands behind the dash and an anchor, up to a comment.
  const lead = /^(?:-[ \t]+)?(?:[&!]\S*[ \t]+)*/.exec(entry.source)?.[0].length ?? 0;
  const start = text.indexOf(entry.source, entry.start) + lead;
  const scalar = scalarAt(text, start);
  return spliced(openYaml(text), [{ start, end: scalar, by }]).text;
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

/** Where a scalar on one line ends that begins here. */
function scalarAt(text: string, start: number): number {
  const quoted = /^(?:'(?:[^']|'')*'|"(?:[^"\\]|\\.)*")/.exec(text.slice(start, start + 8192));
  if (quoted !== null) return start + quoted[0].length;
  const plain = /^(?:(?![ \t]+#)[^\r\n\]}])*/.exec(text.slice(start, start + 8192))?.[0] ?? '';
  return start + plain.trimEnd().length;
}
