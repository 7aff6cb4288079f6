/** Rule sets without an entry, or that are not loaded: rules that name them never match. */
import type { Clause, Condition } from '../rule.ts';
import { quote } from '../text.ts';
import type { Check } from './finding.ts';

export const emptySet: Check = ({ rules, context }, report) => {
  for (const { condition, position } of rules) {
    for (const name of setsIn(condition)) {
      const slot = context.ruleSets.get(name);
      if (slot === undefined || (slot.current?.size ?? 0) > 0) continue;
      const what = slot.current === null ? 'is not loaded' : 'has no entries';
      const message = `the rule set ${quote(name)} ${what}`;
      report({ severity: 'warning', code: 'provider-empty', message, position, fix: null });
    }
  }
};

/** Names of the rule sets that a condition asks. */
export function setsIn(condition: Condition): string[] {
  if (condition.kind === 'rule-set') return [condition.name];
  const members: readonly Clause[] =
    'members' in condition
      ? condition.members
      : condition.kind === 'not'
        ? [condition.member]
        : condition.kind === 'sub-rule'
          ? [condition.when]
          : [];
  return members.flatMap((member) => setsIn(member.condition));
}
