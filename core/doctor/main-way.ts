/** Where flows go that no particular rule takes. */
import { follow } from '../groups/group.ts';
import type { Way } from '../groups/group.ts';
import { PASS, UNMATCHED_TARGET } from '../../rules/outcome.ts';
import type { Policy } from '../engine/policy.ts';

/** What the mode imposes, or what the rule MATCH names; null: nothing leaves that way. */
export function mainWay({ imposedTarget, config, groups }: Policy): Way | null {
  const match = config.rules.find(
    ({ condition, target }) => condition.kind === 'always' && target !== PASS,
  );
  const member = groups.get(imposedTarget ?? match?.target ?? UNMATCHED_TARGET);
  const way = member === undefined ? null : follow(member, null);
  return way?.proxy?.upstream == null ? null : way;
}
