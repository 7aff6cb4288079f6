/** The proxies and groups of one configuration, by name, linked to each other. */
import { builtIns } from '../config/built-ins.ts';
import type { Config } from '../config/config.ts';
import type { DialerTarget } from '../upstream/registry.ts';
import { Group, chainOf, follow } from './group.ts';
import type { Member } from './group.ts';
import type { GroupStates } from './group-states.ts';
import { Proxy } from './proxy.ts';
import type { ProxyPool } from './proxy-pool.ts';

export class Groups {
  readonly #members = new Map<string, Member>();
  readonly #states: GroupStates;

  /** Throws `SluiceError` where a proxy cannot be built. */
  constructor(
    config: Pick<Config, 'proxies' | 'groups' | 'sluice'>,
    pool: ProxyPool,
    states: GroupStates,
  ) {
    this.#states = states;
    const { connectTimeout } = config.sluice;
    for (const [name, proxy] of builtIns) this.#members.set(name, pool.get(proxy, connectTimeout));
    for (const proxy of config.proxies) {
      this.#members.set(proxy.name, pool.get(proxy, connectTimeout));
    }
    const groups = config.groups.map((group) => new Group(group, states.of(group.name)));
    for (const group of groups) this.#members.set(group.name, group);
    for (const group of groups) {
      group.members = group.config.members.map((name) => this.#get(name));
    }
    const usable = new Usable(this.#members);
    for (const group of groups) {
      group.unusable = new Set(group.members.filter((member) => !usable.has(member)));
    }
  }

  /** Grows with every change that may lead flows another way. */
  get generation(): number {
    return this.#states.generation;
  }

  get(name: string): Member | undefined {
    return this.#members.get(name);
  }

  proxies(): Set<Proxy> {
    return new Set([...this.#members.values()].filter((member) => member instanceof Proxy));
  }

  /** What a `dialer-proxy` leads to now. */
  dialerTarget(name: string): DialerTarget {
    const member = this.#members.get(name);
    // A flow of the configuration before may still ask for what is gone.
    if (member === undefined) return { upstream: null, chain: [] };
    const way = follow(member, null);
    return { upstream: way.proxy?.upstream ?? null, chain: chainOf(way) };
  }

  #get(name: string): Member {
    const member = this.#members.get(name);
    // The configuration was checked: an unknown name is an error there.
    if (member === undefined) throw new TypeError(`The configuration has no ${name}.`);
    return member;
  }
}

/** Who can be used at all: not what Sluice does not speak, nor what only leads there. */
class Usable {
  readonly #members: ReadonlyMap<string, Member>;
  readonly #known = new Map<Member, boolean>();

  constructor(members: ReadonlyMap<string, Member>) {
    this.#members = members;
  }

  has(member: Member): boolean {
    let isUsable = this.#known.get(member);
    if (isUsable === undefined) {
      isUsable = member instanceof Group ? this.#hasOneOf(member) : this.#hasProxy(member);
      this.#known.set(member, isUsable);
    }
    return isUsable;
  }

  #hasOneOf(group: Group): boolean {
    return group.members.some((member) => this.has(member));
  }

  #hasProxy({ config }: Proxy): boolean {
    if (config.type === 'unsupported') return false;
    const dialer = this.#members.get(config.dialerProxy);
    return dialer === undefined || this.has(dialer);
  }
}
