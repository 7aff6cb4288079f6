/** Puts many rules at once into the list of a file: behind all others but the last MATCH. Pure. */
import { isNode, isSeq } from 'yaml';
import { appendToSection } from './edit-root.ts';
import { listIn } from './plain.ts';
import type { PlainMap } from './plain.ts';
import { DISABLED_MARK, assertRule } from './rule-list.ts';
import { quotingOf, scalarOf } from './scalar-text.ts';
import { columnOf, lineBehind } from './text-lines.ts';
import {
  cannotEdit,
  contentEnd,
  dashesOf,
  entriesOf,
  isEmpty,
  linesAt,
  rangeOf,
  scalarText,
  spliced,
  startOf,
} from './yaml-file.ts';
import type { YamlFile } from './yaml-file.ts';

export interface NewRule {
  readonly rule: string;
  /** Disabled rules become comments, where the list has a line for each rule; else they are left out. */
  readonly enabled: boolean;
}

/** `wanted` is what the file is to say. */
export function insertRules(file: YamlFile, wanted: PlainMap, rules: readonly NewRule[]): YamlFile {
  if (rules.length === 0) return file;
  for (const { rule } of rules) assertRule(rule);
  const enabled = rules.filter((one) => one.enabled).map(({ rule }) => rule);
  const plain = listIn(wanted, 'rules');
  const list = file.root === null ? null : entriesOf(file, file.root).get('rules')?.value;
  if (!isSeq(list) || list.items.length === 0) {
    plain.push(...enabled);
    if (plain.length === 0) wanted.delete('rules');
    return appendToSection(file, 'rules', enabled);
  }
  const match = list.items.findLastIndex((item) => /^\s*MATCH\s*,/i.test(scalarText(item) ?? ''));
  const at = match < 0 ? list.items.length : match;
  plain.splice(at, 0, ...enabled);
  const { text } = file;
  const model = list.items.at(at) ?? list.items.at(-1);
  const source = isNode(model) ? text.slice(rangeOf(model)[0], rangeOf(model)[1]) : '';
  const quoting = quotingOf(source);
  if (list.flow === true) {
    const items = enabled.map((rule) => scalarOf(rule, quoting, true));
    if (items.length === 0) return file;
    const next = list.items[at];
    const last = list.items.at(-1);
    if (isNode(next)) {
      const start = startOf(text, next);
      return spliced(file, [{ start, end: start, by: `${items.join(', ')}, ` }]);
    }
    if (!isNode(last)) throw cannotEdit('an item of "rules" is no text');
    const end = rangeOf(last)[1];
    return spliced(file, [{ start: end, end, by: `, ${items.join(', ')}` }]);
  }
  const dashes = dashesOf(list);
  const dash = dashes[at] ?? dashes.at(-1);
  if (dash === undefined) throw cannotEdit('an item of "rules" cannot be found again');
  const indent = ' '.repeat(columnOf(text, dash));
  const space = /^-([ \t]+)/.exec(text.slice(dash, dash + 64))?.[1] ?? ' ';
  const lines = rules.map(({ rule, enabled: isOn }) => {
    const scalar = scalarOf(rule, quoting, false);
    return `${indent}${isOn ? '' : DISABLED_MARK}-${space}${scalar}`;
  });
  // Right behind the rule before: comments above a rule stay above it.
  const before = list.items[at - 1];
  const place =
    at === 0
      ? (dashes[0] ?? 0) - columnOf(text, dashes[0] ?? 0)
      : lineBehind(
          text,
          isNode(before) && !isEmpty(before) ? contentEnd(text, before) : (dashes[at - 1] ?? 0) + 1,
        );
  return spliced(file, [linesAt(file, place, lines)]);
}
