/** A group while it is in use, and how its name is followed to a proxy. */
import type { ChoiceReason, GroupChoice } from '../api/proxies.ts';
import type { GroupConfig } from '../config/config.ts';
import type { FlowFacts } from '../../rules/flow-facts.ts';
import type { GroupState } from './group-states.ts';
import { Proxy } from './proxy.ts';
import { Tested } from './tested.ts';

export type Member = Proxy | Group;

export interface Choice {
  /** Null: the group has nobody. */
  readonly member: Member | null;
  readonly reason: ChoiceReason;
}

/** Whether a flow is sent where the choice leads, or somebody only wants to know. */
export type Purpose = 'use' | 'look';

/** How a group chooses. One file for each type implements this. */
export abstract class Group extends Tested {
  /** As dashboards show it. */
  abstract readonly type: string;
  readonly config: GroupConfig;
  readonly state: GroupState;
  /** The tests of the providers whose proxies are in it: they are used with it. */
  providerTests: readonly Tested[] = [];
  #members: readonly Member[] = [];
  #usable: readonly Member[] = [];
  #usableSet: ReadonlySet<Member> = new Set();

  constructor(config: GroupConfig, state: GroupState) {
    super(config.test);
    this.config = config;
    this.state = state;
  }

  get name(): string {
    return this.config.name;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  /** Those that can be used at all, dead or alive. */
  get usable(): readonly Member[] {
    return this.#usable;
  }

  canUse(member: Member): boolean {
    return this.#usableSet.has(member);
  }

  /** Whether the same group may choose differently for another flow. */
  get isPerFlow(): boolean {
    return false;
  }

  /** Whether the user can choose a member. */
  get canBeSet(): boolean {
    return true;
  }

  setMembers(members: readonly Member[], usable: readonly Member[]): void {
    this.#members = members;
    this.#usable = usable;
    this.#usableSet = new Set(usable);
  }

  override touch(): void {
    super.touch();
    for (const tests of this.providerTests) tests.touch();
  }

  /** Those whose health decides what it chooses: where its members lead to now. */
  proxiesToTest(): Set<Proxy> {
    const proxies = new Set<Proxy>();
    for (const member of this.#usable) {
      for (const proxy of behind(member)) proxies.add(proxy);
    }
    return proxies;
  }

  /** `facts` are null where nobody asks for a flow. */
  abstract choose(facts: FlowFacts | null, purpose: Purpose): Choice;

  /** As a member of another group, tested with that one's URL. */
  isAliveFor(url: string): boolean {
    const { member } = this.choose(null, 'look');
    return member !== null && isAlive(member, url);
  }

  delayFor(url: string): number {
    const { member } = this.choose(null, 'look');
    return member === null ? Infinity : delayOf(member, url);
  }

  /** The member that the user chose, if it is still one. */
  protected chosen(): Member | undefined {
    const { chosen } = this.state;
    return chosen === '' ? undefined : this.#usable.find(({ name }) => name === chosen);
  }

  protected isAlive(member: Member): boolean {
    return isAlive(member, this.config.test.url);
  }

  protected delayOf(member: Member): number {
    return delayOf(member, this.config.test.url);
  }

  /** Where nobody is alive, the first may still work: a test is only a test. */
  protected lastResort(): Choice {
    const [first] = this.#usable;
    return first === undefined ? NOBODY : { member: first, reason: 'none-alive' };
  }
}

function behind(member: Member): Iterable<Proxy> {
  if (member instanceof Group && member.isPerFlow) return member.proxiesToTest();
  const { proxy } = follow(member, null);
  return proxy?.upstream == null ? [] : [proxy];
}

export const NOBODY: Choice = { member: null, reason: 'none' };

function isAlive(member: Member, url: string): boolean {
  if (!(member instanceof Proxy)) return member.isAliveFor(url);
  // What refuses always does.
  return member.disposition !== 'forward' || member.health.of(url).isAlive;
}

/** Milliseconds; infinite where it is not known. */
function delayOf(member: Member, url: string): number {
  return member instanceof Proxy ? member.health.of(url).delay : member.delayFor(url);
}

/** A name followed through its groups. */
export interface Way {
  /** Outermost first. */
  readonly groups: readonly Group[];
  /** Null: the innermost group has nobody. */
  readonly proxy: Proxy | null;
  readonly why: readonly GroupChoice[];
}

/** Members form no circles. */
export function follow(
  start: Member,
  facts: FlowFacts | null,
  purpose: Purpose = facts === null ? 'look' : 'use',
): Way {
  const groups: Group[] = [];
  const why: GroupChoice[] = [];
  let member: Member | null = start;
  while (member instanceof Group) {
    groups.push(member);
    const choice: Choice = member.choose(facts, purpose);
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
