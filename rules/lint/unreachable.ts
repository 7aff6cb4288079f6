/** Rules after MATCH. */
import { PASS } from '../outcome.ts';
import { removal } from './finding.ts';
import type { Check } from './finding.ts';

export const unreachable: Check = ({ rules }, report) => {
  const end = rules.findIndex((rule) => rule.condition.kind === 'always' && rule.target !== PASS);
  if (end < 0) return;
  for (const rule of rules.slice(end + 1)) {
    const line = rules[end]?.position.line;
    const message = `this rule is never reached: MATCH in line ${line} takes everything`;
    const { position } = rule;
    report({
      severity: 'warning',
      code: 'rule-unreachable',
      message,
      position,
      fix: removal(rule),
    });
  }
};
