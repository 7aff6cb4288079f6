/** Address rules that have every name looked up that a domain rule after them would have decided. */
import { needsOf } from '../needs.ts';
import { formatRule } from '../parse-rule.ts';
import { NEED_DOMAIN, NEED_IP } from '../verdict.ts';
import type { Check } from './finding.ts';

export const forcesDns: Check = ({ rules }, report) => {
  const asker = rules.findIndex(({ condition }) => needsOf(condition) === NEED_IP);
  const rule = rules[asker];
  if (rule === undefined) return;
  const later = rules
    .slice(asker + 1)
    .filter(({ condition }) => needsOf(condition) === NEED_DOMAIN);
  const [first] = later;
  if (first === undefined) return;
  const { line } = first.position;
  const text = formatRule(rule);
  report({
    severity: 'info',
    code: 'rule-forces-dns',
    message:
      `names are looked up for this rule before ${later.length} domain rules after it (the first in line ${line})` +
      ' are asked: put it behind them, or add no-resolve',
    position: rule.position,
    fix: { isSafe: false, rule, replace: { from: text, to: `${text},no-resolve` } },
  });
};
