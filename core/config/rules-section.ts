/** The key `rules:`. The language itself lives in `rules/`; here its lines meet the file and its names. */
import { parseRule } from '../../rules/parse-rule.ts';
import type { Rule } from '../../rules/rule.ts';
import type { Names } from './names.ts';
import type { Problems } from './problems.ts';
import type { ScalarValue, Value } from './value.ts';

export interface RulesSection {
  readonly rules: readonly Rule[];
  /** For each target, where it is used first. */
  readonly targets: ReadonlyMap<string, number>;
}

/** `offset` is where the section stands, or where it would. */
export function readRules(
  items: readonly Value[],
  offset: number,
  names: Names,
  problems: Problems,
): RulesSection {
  const rules: Rule[] = [];
  const targets = new Map<string, number>();
  /** Index of the first MATCH among the items. */
  let end = -1;
  items.forEach((value, index) => {
    if (value.kind !== 'scalar') {
      const message = `rules[${index}] must be text, such as "MATCH,DIRECT"`;
      problems.error('value-invalid', value.offset, message);
      return;
    }
    if (end >= 0 && index === end + 1) {
      const message = `nothing from here on is ever reached: the rule before it is MATCH`;
      problems.warn('rule-unreachable', value.offset, message);
    }
    const rule = readRule(value, targets, names, problems);
    if (rule === null) return;
    rules.push(rule);
    // What MATCH lets pass goes on to the next rule.
    const endsHere = rule.condition.kind === 'always' && rule.target !== 'PASS';
    if (end < 0 && endsHere) end = index;
  });
  if (end < 0) {
    const message = 'no MATCH rule: flows that no rule matches go DIRECT';
    problems.warn('rules-no-match', offset, message);
  }
  return { rules, targets };
}

function readRule(
  value: ScalarValue,
  targets: Map<string, number>,
  names: Names,
  problems: Problems,
): Rule | null {
  const offsetOf = (offset: number): number =>
    value.textOffset >= 0 ? value.textOffset + offset : value.offset;
  const parsed = parseRule(value.text, problems.position(offsetOf(0)));
  for (const { severity, code, message, offset } of parsed.problems) {
    problems.add(severity, code, offsetOf(offset), message);
  }
  const { rule } = parsed;
  // The target of SUB-RULE is a list of rules.
  if (rule === null || rule.type === 'SUB-RULE') return rule;
  const offset = offsetOf(parsed.targetOffset);
  if (!targets.has(rule.target)) targets.set(rule.target, offset);
  names.check({ to: rule.target, offset }, problems);
  return rule;
}
