/** Rules that compare what an earlier rule compares. */
import { PASS } from '../outcome.ts';
import { formatClause } from '../parse-rule.ts';
import type { Rule } from '../rule.ts';
import { quote } from '../text.ts';
import { removal } from './finding.ts';
import type { Check } from './finding.ts';

export const duplicate: Check = ({ rules }, report) => {
  const seen = new Map<string, Rule>();
  for (const rule of rules) {
    const { condition, position, target } = rule;
    // The lists of SUB-RULE may leave the decision to others; what passes decides nothing.
    if (condition.kind === 'sub-rule' || condition.kind === 'never' || target === PASS) continue;
    const key = sameKey(rule);
    const first = seen.get(key);
    if (first === undefined) {
      seen.set(key, rule);
      continue;
    }
    const isSame = first.target === target;
    const also = isSame ? '' : `, where it leads to ${quote(first.target)}`;
    report({
      severity: isSame ? 'info' : 'warning',
      code: 'rule-duplicate',
      message: `line ${first.position.line} compares the same${also}: this rule never decides`,
      position,
      fix: removal(rule),
    });
  }
};

/** The same for rules that mean the same, however they are spelled. */
function sameKey(rule: Rule): string {
  const { condition } = rule;
  switch (condition.kind) {
    case 'and':
    case 'or':
    case 'not':
    case 'domain-pattern':
    case 'process-pattern':
      return formatClause(rule);
    default:
      return JSON.stringify(condition);
  }
}
