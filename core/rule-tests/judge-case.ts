/** Whether a flow went where a case expects it. Pure. */
import type { Explanation } from '../api/explain.ts';
import type { RuleCase } from '../api/rule-tests.ts';

/** What decided about a flow, as `Explanation` tells it. */
export type Told = Pick<Explanation, 'target' | 'chain' | 'choices' | 'ruleText'>;

export interface Verdict {
  readonly isTargetWrong: boolean;
  readonly isRuleWrong: boolean;
}

export function judgeCase(
  { target, rule }: Pick<RuleCase, 'target' | 'rule'>,
  told: Told,
): Verdict {
  const members = told.choices.map(({ member }) => member);
  const way = new Set([told.target, ...told.chain, ...members]);
  return {
    isTargetWrong: target !== '' && !way.has(target),
    isRuleWrong: rule !== '' && !isSameRule(rule, told.ruleText),
  };
}

/** Spaces around commas do not count; of SUB-RULE the rule of its list, or the whole way. */
function isSameRule(expected: string, found: string): boolean {
  const plain = (text: string): string => text.replace(/\s+/g, '');
  return [found, ...found.split(' > ')].some((text) => plain(text) === plain(expected));
}
