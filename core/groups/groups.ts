/**
 * The proxies and groups of one configuration, by name, linked to each other. What providers
 * bring may change meanwhile: `link` takes it in.
 */
import { builtIns } from '../config/built-ins.ts';
import type { Config, GroupConfig, ProxyConfig } from '../config/config.ts';
import type { ProxyProviderConfig } from '../config/provider-config.ts';
import { Chooser } from '../config/name-filter.ts';
import type { DialerTarget } from '../upstream/registry.ts';
import { FallbackGroup } from './fallback.ts';
import { Group, chainOf, follow } from './group.ts';
import type { Member } from './group.ts';
import type { GroupState, GroupStates } from './group-states.ts';
import { LoadBalanceGroup } from './load-balance.ts';
import { ProviderTest } from './provider-test.ts';
import { Proxy } from './proxy.ts';
import type { ProxyPool } from './proxy-pool.ts';
import { SelectGroup } from './select.ts';
import type { Tested } from './tested.ts';
import { UrlTestGroup } from './url-test.ts';

/** The parts of a configuration that make its proxies and groups. */
export type GroupsConfig = Pick<Config, 'proxies' | 'groups' | 'proxyProviders' | 'sluice'>;

/** The proxies of a provider as they are now. */
export type ProxiesOf = (provider: string) => readonly ProxyConfig[];

export class Groups {
  readonly #config: GroupsConfig;
  readonly #pool: ProxyPool;
  readonly #states: GroupStates;
  readonly #members = new Map<string, Member>();
  readonly #groups: readonly Group[];
  readonly #providerTests: ReadonlyMap<string, ProviderTest>;
  /** Proxies of providers, by the provider's name. */
  #provided: ReadonlyMap<string, readonly Proxy[]> = new Map();

  /** Throws `SluiceError` where a proxy cannot be built. */
  constructor(config: GroupsConfig, pool: ProxyPool, states: GroupStates, proxiesOf: ProxiesOf) {
    this.#config = config;
    this.#pool = pool;
    this.#states = states;
    for (const [name, proxy] of builtIns) this.#members.set(name, this.#build(proxy));
    for (const proxy of config.proxies) this.#members.set(proxy.name, this.#build(proxy));
    this.#groups = config.groups.map((group) => groupOf(group, states.of(group.name)));
    for (const group of this.#groups) this.#members.set(group.name, group);
    this.#providerTests = new Map(
      config.proxyProviders
        .filter(({ healthCheck }) => healthCheck.enable)
        .map((provider) => [provider.name, this.#providerTest(provider)]),
    );
    for (const group of this.#groups) {
      const tests = group.config.providers.map((name) => this.#providerTests.get(name));
      group.providerTests = tests.filter((test) => test !== undefined);
    }
    this.link(proxiesOf);
  }

  /** Grows with every change that may lead flows another way. */
  get generation(): number {
    return this.#states.generation;
  }

  /** In the order of the file; GLOBAL last, where the file has none. */
  get groups(): readonly Group[] {
    return this.#groups;
  }

  /** Everything that is tested at an interval. */
  get tested(): readonly Tested[] {
    return [...this.#groups, ...this.#providerTests.values()];
  }

  /** Of the file and built in, by name; proxies of providers are members of groups only. */
  get members(): ReadonlyMap<string, Member> {
    return this.#members;
  }

  get provided(): ReadonlyMap<string, readonly Proxy[]> {
    return this.#provided;
  }

  get(name: string): Member | undefined {
    return this.#members.get(name);
  }

  /** Every proxy, those of providers included. */
  proxies(): Set<Proxy> {
    const own = [...this.#members.values()].filter((member) => member instanceof Proxy);
    return new Set([...own, ...[...this.#provided.values()].flat()]);
  }

  /** Gives groups their members. Throws `SluiceError` where a proxy cannot be built. */
  link(proxiesOf: ProxiesOf): void {
    this.#provided = new Map(
      this.#config.proxyProviders.map(({ name }) => [
        name,
        proxiesOf(name).map((proxy) => this.#build(proxy)),
      ]),
    );
    for (const group of this.#groups) group.setMembers(this.#membersOf(group.config), []);
    const usable = new Usable(this.#members);
    for (const group of this.#groups) {
      const members = group.members.filter((member) => usable.has(member));
      group.setMembers(group.members, members);
    }
  }

  /** What a `dialer-proxy` leads to now. */
  dialerTarget(name: string): DialerTarget {
    const member = this.#members.get(name);
    // A flow of the configuration before may still ask for what is gone.
    if (member === undefined) return { upstream: null, chain: [] };
    const way = follow(member, null);
    return { upstream: way.proxy?.upstream ?? null, chain: chainOf(way) };
  }

  #providerTest(provider: ProxyProviderConfig): ProviderTest {
    const { name } = provider;
    const state = this.#states.ofProvider(name);
    return new ProviderTest(provider, state, () => this.#provided.get(name) ?? []);
  }

  #build(proxy: ProxyConfig): Proxy {
    return this.#pool.get(proxy, this.#config.sluice.connectTimeout);
  }

  #membersOf({ members, providers, choice, emptyFallback }: GroupConfig): readonly Member[] {
    const own = members.map((name) => this.#get(name));
    const provided = providers.flatMap((name) => this.#provided.get(name) ?? []);
    const chosen = provided.length === 0 ? [] : new Chooser(choice).choose(provided);
    const all = [...own, ...chosen];
    return all.length > 0 ? all : [this.#get(emptyFallback)];
  }

  #get(name: string): Member {
    const member = this.#members.get(name);
    // The configuration was checked: an unknown name is an error there.
    if (member === undefined) throw new TypeError(`The configuration has no ${name}.`);
    return member;
  }
}

function groupOf(config: GroupConfig, state: GroupState): Group {
  switch (config.type) {
    case 'select':
      return new SelectGroup(config, state);
    case 'url-test':
      return new UrlTestGroup(config, state);
    case 'fallback':
      return new FallbackGroup(config, state);
    case 'load-balance':
      return new LoadBalanceGroup(config, state);
  }
}

/** Who can be used at all: not what Sluice does not speak, nor what only leads there or to itself. */
class Usable {
  readonly #members: ReadonlyMap<string, Member>;
  readonly #known = new Map<Member, boolean>();

  constructor(members: ReadonlyMap<string, Member>) {
    this.#members = members;
  }

  has(member: Member): boolean {
    let isUsable = this.#known.get(member);
    if (isUsable === undefined) {
      isUsable =
        member instanceof Group
          ? member.members.some((inner) => this.has(inner))
          : this.#hasProxy(member);
      this.#known.set(member, isUsable);
    }
    return isUsable;
  }

  #hasProxy(proxy: Proxy): boolean {
    if (proxy.config.type === 'unsupported') return false;
    const dialer = this.#members.get(proxy.config.dialerProxy);
    if (dialer === undefined) return true;
    // The file has no circles, but what a provider brings may dial through a group that it is in.
    return !this.#leadsTo(dialer, proxy, new Set()) && this.has(dialer);
  }

  #leadsTo(from: Member, wanted: Proxy, seen: Set<Member>): boolean {
    if (from === wanted) return true;
    if (seen.has(from)) return false;
    seen.add(from);
    const next =
      from instanceof Group ? from.members : [this.#members.get(from.config.dialerProxy)];
    return next.some((member) => member !== undefined && this.#leadsTo(member, wanted, seen));
  }
}
