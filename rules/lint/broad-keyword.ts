/** Keywords that are in most names. */
import { quote } from '../text.ts';
import type { Check } from './finding.ts';

const everywhere = new Set(['com', 'net', 'org', 'www', 'http', 'https', 'cdn', 'api', 'cn', 'co']);

export const broadKeyword: Check = ({ rules }, report) => {
  for (const { condition, position } of rules) {
    if (condition.kind !== 'domain-keyword') continue;
    const bare = condition.keyword.replace(/^[.-]+|[.-]+$/g, '');
    if (bare.length > 2 && !everywhere.has(bare)) continue;
    report({
      severity: 'warning',
      code: 'rule-keyword-broad',
      message: `${quote(condition.keyword)} is part of very many names: is DOMAIN-SUFFIX meant?`,
      position,
      fix: null,
    });
  }
};
