/**
 * All proxies and groups of a running engine. It owns what outlives a configuration: the proxies
 * that stay the same, what groups remember, and the tests that are due.
 */
import { SluiceError } from '../api/errors.ts';
import type { ProxyConfig } from '../config/config.ts';
import type { Logger } from '../log/logger.ts';
import type { DialerTarget, UpstreamContext } from '../upstream/registry.ts';
import type { Outbound, Upstream } from '../upstream/upstream.ts';
import { quote } from '../../rules/text.ts';
import { Checks } from './checks.ts';
import type { Measured } from './checks.ts';
import type { Group, Member } from './group.ts';
import { Group as AnyGroup, follow } from './group.ts';
import { GroupStates } from './group-states.ts';
import { Groups } from './groups.ts';
import type { GroupsConfig, ProxiesOf } from './groups.ts';
import type { ProbeOptions } from './probe.ts';
import { Prober } from './prober.ts';
import type { Proxy } from './proxy.ts';
import { ProxyPool } from './proxy-pool.ts';
import type { Tested } from './tested.ts';

export interface ProxiesParts {
  readonly outbound: Outbound;
  /** See `core/upstream/registry.ts`. */
  readonly buildUpstream: (proxy: ProxyConfig, context: UpstreamContext) => Upstream | null;
  /** The proxies of a provider as they are now. */
  readonly proxiesOf: ProxiesOf;
  /** What the user chose before: members by the names of their groups. */
  readonly chosen: ReadonlyMap<string, string>;
  /** The user has chosen: all choices, and those before. */
  readonly onChosen: (chosen: ReadonlyMap<string, string>) => void;
  readonly isOnline: () => boolean;
  /** Ends the flows whose chain is such a one. */
  readonly endFlows: (isMeant: (chain: readonly string[]) => boolean, reason: SluiceError) => void;
  readonly log: Logger;
}

export type ProxiesConfig = GroupsConfig & { readonly unifiedDelay: boolean };

/** What is asked of a test; what is left out is the group's own, or mihomo's default. */
export interface TestRequest {
  readonly url?: string;
  readonly timeoutMs?: number;
  readonly expectedStatus?: string;
}

const DEFAULT_TEST = {
  url: 'https://www.gstatic.com/generate_204',
  timeoutMs: 5_000,
  expectedStatus: '*',
};

export class Proxies {
  readonly #parts: ProxiesParts;
  readonly #pool: ProxyPool;
  readonly #states: GroupStates;
  readonly #prober: Prober;
  #current: Groups | null = null;
  #checks: Checks | null = null;
  #unifiedDelay = false;

  constructor(parts: ProxiesParts) {
    this.#parts = parts;
    this.#states = new GroupStates(parts.chosen);
    this.#prober = new Prober(() => this.#changed());
    const { buildUpstream } = parts;
    this.#pool = new ProxyPool(
      (proxy, connectTimeout) => buildUpstream(proxy, { ...this.ways, connectTimeout }),
      (proxy, isRefused) => this.#checks?.dialFailed(proxy, isRefused),
    );
  }

  /** How upstreams reach their servers. */
  get ways(): Omit<UpstreamContext, 'connectTimeout'> {
    const dialerTarget = (name: string): DialerTarget =>
      this.#current?.dialerTarget(name) ?? { upstream: null, chain: [] };
    return { outbound: this.#parts.outbound, dialerTarget };
  }

  /** Those of a configuration that is to come. Throws `SluiceError`; then nothing has changed. */
  prepare(config: ProxiesConfig): Groups {
    return new Groups(config, this.#pool, this.#states, this.#parts.proxiesOf);
  }

  /** From here on these are in force. */
  use(groups: Groups, { unifiedDelay }: Pick<ProxiesConfig, 'unifiedDelay'>): void {
    this.#checks?.close();
    this.#current = groups;
    this.#unifiedDelay = unifiedDelay;
    this.#pool.retain(groups.proxies());
    this.#checks = new Checks(groups.tested, {
      prober: this.#prober,
      isOnline: this.#parts.isOnline,
      unifiedDelay,
      onRound: (tested) => this.#onRound(tested),
      onDead: (proxy, cause) => this.#onDead(proxy, cause),
    });
    this.#changed();
  }

  /** From here on tests run at their intervals. */
  start(): void {
    this.#checks?.start();
  }

  /** Providers have other proxies now. */
  refresh(): void {
    const groups = this.#current;
    if (groups === null) return;
    try {
      groups.link(this.#parts.proxiesOf);
    } catch (cause) {
      if (!(cause instanceof SluiceError)) throw cause;
      this.#parts.log.warning(cause.code, `A provider's proxies are not used: ${cause.message}`);
      return;
    }
    this.#pool.retain(groups.proxies());
    this.#changed();
    this.#checks?.start();
  }

  /** The way out of this machine has changed: what tests said before may be wrong. */
  retest(): void {
    this.#checks?.restart();
  }

  close(): void {
    this.#checks?.close();
    this.#prober.close();
  }

  /** Makes a group use a member. Throws `ERR_GROUP_...` where that cannot be. */
  choose(groupName: string, memberName: string): void {
    const group = this.group(groupName);
    if (!group.canBeSet) {
      const message = `${quote(groupName)} spreads flows over its members: none can be chosen.`;
      throw new SluiceError('ERR_GROUP_NOT_SELECTABLE', message);
    }
    const member = group.members.find(({ name }) => name === memberName);
    if (member === undefined) {
      const message = `${quote(memberName)} is no member of ${quote(groupName)}.`;
      throw new SluiceError('ERR_GROUP_MEMBER_UNKNOWN', message);
    }
    if (!group.canUse(member)) {
      const message = `${quote(memberName)} cannot be used; "sluice check" says why.`;
      throw new SluiceError('ERR_GROUP_MEMBER_UNUSABLE', message);
    }
    this.#choose(group, memberName);
  }

  /** Gives the choice back to the group. Throws `ERR_GROUP_...` where there is none. */
  unchoose(groupName: string): void {
    this.#choose(this.group(groupName), '');
  }

  /** A proxy has another name now: groups that had it chosen follow. */
  renameChosen(old: string, name: string): void {
    if (old === name) return;
    for (const group of this.#current?.groups ?? []) {
      const isMember = group.members.some((member) => member.name === name);
      if (group.state.chosen === old && isMember) this.#choose(group, name);
    }
  }

  /** Throws `ERR_GROUP_UNKNOWN`. */
  group(name: string): Group {
    const member = this.#current?.get(name);
    if (member instanceof AnyGroup) return member;
    throw new SluiceError('ERR_GROUP_UNKNOWN', `No group is called ${quote(name)}.`);
  }

  /** By the name of a proxy, a provider's included, or of a group. Throws `ERR_PROXY_UNKNOWN`. */
  member(name: string): Member {
    const groups = this.#current;
    const member =
      groups?.get(name) ??
      [...(groups?.provided.values() ?? [])].flat().find((proxy) => proxy.name === name);
    if (member !== undefined) return member;
    throw new SluiceError('ERR_PROXY_UNKNOWN', `No proxy or group is called ${quote(name)}.`);
  }

  /** Tests a proxy, or the one that a group uses. The delay in ms; rejects with `SluiceError`. */
  async test(name: string, request: TestRequest): Promise<number> {
    const member = this.member(name);
    const { proxy } = follow(member, null);
    if (proxy === null) {
      throw new SluiceError('ERR_GROUP_EMPTY', `The group ${quote(name)} has nobody to test.`);
    }
    const options = member instanceof AnyGroup ? this.#checks?.optionsOf(member) : undefined;
    const unified = this.#unifiedDelay;
    return this.#prober.test(proxy, { ...DEFAULT_TEST, ...options, ...request, unified });
  }

  /** Tests all members of a group that forward anything; by their names. */
  async testGroup(name: string, request: TestRequest): Promise<ReadonlyMap<string, Measured>> {
    const group = this.group(name);
    const checks = this.#checks;
    if (checks === null) return new Map();
    const own = checks.optionsOf(group);
    const options = { ...own, ...request };
    const isOwn = JSON.stringify(options) === JSON.stringify(own);
    const results = isOwn ? await checks.round(group) : await this.#testAll(group, options);
    return new Map(
      group.usable.flatMap((member): [string, Measured][] => {
        const { proxy } = follow(member, null);
        // What refuses always has no delay, and has not failed.
        if (proxy !== null && proxy.disposition !== 'forward') return [];
        const result = proxy === null ? undefined : results.get(proxy);
        return [[member.name, result ?? { delay: 0, cause: this.#whyUntested(proxy) }]];
      }),
    );
  }

  async #testAll(group: Group, options: ProbeOptions): Promise<ReadonlyMap<Proxy, Measured>> {
    const tests = [...group.proxiesToTest()].map(async (proxy): Promise<[Proxy, Measured]> => {
      try {
        return [proxy, { delay: await this.#prober.test(proxy, options), cause: null }];
      } catch (cause) {
        return [proxy, { delay: 0, cause }];
      }
    });
    return new Map(await Promise.all(tests));
  }

  #whyUntested(proxy: Proxy | null): SluiceError {
    if (proxy === null) return new SluiceError('ERR_GROUP_EMPTY', 'It has nobody to test.');
    const message = this.#parts.isOnline()
      ? 'It leads to another proxy than when the test began. Test it again.'
      : 'This machine has no way out: nothing was tested.';
    return new SluiceError('ERR_TEST_REFUSED', message);
  }

  #choose(group: Group, member: string): void {
    if (group.state.chosen === member) return;
    group.state.chosen = member;
    this.#parts.onChosen(this.#states.chosen());
    group.settle();
    this.#changed();
    this.#interrupt(group);
  }

  #onRound(tested: Tested): void {
    // The tests of a provider are news to every group.
    if (!(tested instanceof AnyGroup)) {
      for (const group of this.#current?.groups ?? []) group.settle();
    }
    this.#changed();
    if (tested instanceof AnyGroup) this.#interrupt(tested);
  }

  #changed(): void {
    this.#states.generation += 1;
  }

  #interrupt(group: Group): void {
    if (!group.config.interruptExisting || group.isPerFlow) return;
    const now = group.choose(null, 'look').member?.name;
    const reason = new SluiceError(
      'ERR_FLOW_SWITCHED',
      `The group ${quote(group.name)} has switched to ${quote(now ?? 'nobody')}.`,
    );
    this.#parts.endFlows((chain) => {
      const at = chain.indexOf(group.name);
      return at >= 0 && chain[at + 1] !== now;
    }, reason);
  }

  #onDead(proxy: Proxy, cause: unknown): void {
    // What fails directly is this machine's network: the flows see that themselves.
    if (proxy.config.type === 'direct') return;
    const why = cause instanceof Error ? cause.message : String(cause);
    const reason = new SluiceError(
      'ERR_FLOW_UPSTREAM_DEAD',
      `The proxy ${quote(proxy.name)} does not answer any more: ${why}`,
    );
    this.#parts.log.warning('PROXY_DEAD', reason.message);
    this.#parts.endFlows((chain) => chain.includes(proxy.name), reason);
  }
}
