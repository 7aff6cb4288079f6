/** Where flows go that no particular rule takes, and what else is in use. */
import { follow } from '../groups/group.ts';
import type { Way } from '../groups/group.ts';
import type { Policy } from '../engine/policy.ts';
import type { Network } from '../../rules/flow-facts.ts';
import { PASS, UNMATCHED_TARGET } from '../../rules/outcome.ts';
import type { Rule } from '../../rules/rule.ts';

/** What the mode imposes, or what the last rules name; null: nothing leaves that way. */
export function mainWay(policy: Policy, network: Network = 'tcp'): Way | null {
  const { imposedTarget, config } = policy;
  const last = config.rules.find((rule) => takesAll(rule, network));
  return wayOf(policy, imposedTarget ?? last?.target ?? UNMATCHED_TARGET);
}

/** The ways of everything that a rule names, and that forwards; the main one first. */
export function waysInUse(policy: Policy): Way[] {
  const { imposedTarget, config } = policy;
  const main = mainWay(policy);
  const targets =
    imposedTarget === null
      ? config.rules.filter((_, index) => !policy.disabled.has(index)).map(({ target }) => target)
      : [];
  const others = [...new Set(targets)].map((target) => wayOf(policy, target));
  return [main, ...others].filter((way) => way !== null);
}

function wayOf({ groups }: Policy, target: string): Way | null {
  const member = groups.get(target);
  const way = member === undefined ? null : follow(member, null);
  return way?.proxy?.upstream == null ? null : way;
}

function takesAll({ condition, target }: Rule, network: Network): boolean {
  if (target === PASS) return false;
  return (
    condition.kind === 'always' || (condition.kind === 'network' && condition.network === network)
  );
}
