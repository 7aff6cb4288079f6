/** A group while it is in use, and how its name is followed to a proxy. */
import type { ChoiceReason, GroupChoice } from '../api/proxies.ts';
import type { GroupConfig } from '../config/config.ts';
import type { FlowFacts } from '../../rules/flow-facts.ts';
import type { GroupState } from './group-states.ts';
import type { Proxy } from './proxy.ts';

export type Member = Proxy | Group;

export interface Choice {
  /** Null: the group has nobody. */
  readonly member: Member | null;
  readonly reason: ChoiceReason;
}

export class Group {
  readonly config: GroupConfig;
  readonly state: GroupState;
  /** Filled in once every group is there. */
  members: readonly Member[] = [];
  /** The members that cannot be used, whatever happens. */
  unusable: ReadonlySet<Member> = new Set();

  constructor(config: GroupConfig, state: GroupState) {
    this.config = config;
    this.state = state;
  }

  get name(): string {
    return this.config.name;
  }

  /** `facts` are null where nobody asks for a flow. */
  choose(_facts: FlowFacts | null): Choice {
    const chosen = this.members.find(({ name }) => name === this.state.chosen);
    if (chosen !== undefined) return { member: chosen, reason: 'chosen' };
    const first = this.members.find((member) => !this.unusable.has(member));
    return first === undefined ? NOBODY : { member: first, reason: 'first' };
  }
}

const NOBODY: Choice = { member: null, reason: 'none' };

/** A name followed through its groups. */
export interface Way {
  /** Outermost first. */
  readonly groups: readonly Group[];
  /** Null: the innermost group has nobody. */
  readonly proxy: Proxy | null;
  readonly why: readonly GroupChoice[];
}

/** Members form no circles. */
export function follow(start: Member, facts: FlowFacts | null): Way {
  const groups: Group[] = [];
  const why: GroupChoice[] = [];
  let member: Member | null = start;
  while (member instanceof Group) {
    groups.push(member);
    const choice: Choice = member.choose(facts);
    why.push({
      group: member.name,
      member: choice.member?.name ?? '',
      reason: choice.reason,
    });
    member = choice.member;
  }
  return { groups, proxy: member, why };
}

/** Names from the first group to the machine; empty where flows are not forwarded. */
export function chainOf({ groups, proxy }: Way): readonly string[] {
  if (proxy?.upstream == null) return [];
  return [...groups.map(({ name }) => name), ...proxy.chain];
}
