/** What is known of the members of groups: who they are, how fast they were, and how each is tested. Pure. */
import type {
  DelayRecord,
  GroupInfo,
  ProxyInfo,
  ProxyList,
  TestRequest,
} from '../../../core/api/proxies.ts';
import { healthOf } from '../../components/speed.ts';
import type { Health, Speed } from '../../components/speed.ts';

export interface Member extends Health {
  readonly name: string;
  readonly type: string;
  /** Of a group: the member that it uses. */
  readonly now: string;
  /** Whether Sluice can use it at all. */
  readonly isUsable: boolean;
}

/** The types that Sluice speaks; others are shown as their file calls them. */
const SPOKEN = new Set([
  ...['Socks5', 'Socks4', 'Http', 'Direct', 'Reject', 'RejectDrop', 'Pass'],
  ...['Selector', 'URLTest', 'Fallback', 'LoadBalance'],
]);

export function isSpoken(type: string): boolean {
  return SPOKEN.has(type);
}

/** Those that have something to measure: others refuse, let the next rule decide, or are DIRECT by another name. */
export function isTestable({ name, type }: ProxyInfo): boolean {
  return isSpoken(type) && !/^(Reject|Pass)/.test(type) && name !== 'COMPATIBLE';
}

/** As far as it was tested with this address; otherwise with any. */
export function proxyHealth(proxy: ProxyInfo, url = ''): Health {
  const ofUrl = proxy.tests.find((test) => test.url === url)?.history;
  return latest(ofUrl ?? proxy.history);
}

function latest(history: readonly DelayRecord[]): Health {
  const last = history.at(-1);
  if (last === undefined) return healthOf(null, false);
  return healthOf(last.delay, last.delay === 0);
}

/** Finds proxies and groups by their names. */
export class Directory {
  readonly groups: ReadonlyMap<string, GroupInfo>;
  readonly proxies: ReadonlyMap<string, ProxyInfo>;
  readonly #testGroups = new Map<string, GroupInfo>();

  constructor(list: ProxyList) {
    this.groups = new Map(list.groups.map((group) => [group.name, group]));
    // The configuration's own come first, and a provider's of the same name stands behind them.
    this.proxies = new Map(list.proxies.toReversed().map((proxy) => [proxy.name, proxy]));
    for (const group of list.groups) {
      for (const name of group.name === 'GLOBAL' ? [] : group.all) {
        if (!this.#testGroups.has(name)) this.#testGroups.set(name, group);
      }
    }
  }

  /** As a member of this group, whose own address it is judged by. */
  member(name: string, { testUrl }: GroupInfo): Member {
    const group = this.groups.get(name);
    if (group !== undefined) {
      const { type, now, delay, alive } = group;
      return { name, type, now, isUsable: group.reason !== 'none', ...healthOf(delay, !alive) };
    }
    const proxy = this.proxies.get(name);
    const type = proxy?.type ?? '';
    const health = proxy === undefined ? healthOf(null, false) : proxyHealth(proxy, testUrl);
    return { name, type, now: '', isUsable: isSpoken(type), ...health };
  }

  /** What to test a proxy with: what the first group that it is in tests it with. */
  testOf(name: string): TestRequest {
    const group = this.#testGroups.get(name);
    if (group !== undefined) return testOf(group);
    const url = this.proxies.get(name)?.tests.at(-1)?.url;
    return url === undefined ? {} : { url };
  }
}

function testOf({ testUrl, expectedStatus }: GroupInfo): TestRequest {
  return {
    ...(testUrl === '' ? {} : { url: testUrl }),
    ...(expectedStatus === '' ? {} : { expected: expectedStatus }),
  };
}

/** How many of them are how fast, fastest first; none that nobody is. */
export function tally(members: readonly Health[]): readonly (readonly [Speed, number])[] {
  const speeds: readonly Speed[] = ['fast', 'fair', 'slow', 'failed', 'unknown'];
  return speeds
    .map((speed) => [speed, members.filter((one) => one.speed === speed).length] as const)
    .filter(([, count]) => count > 0);
}

/** Whether a connection through the group goes by another member than the group uses now. */
export function isLeftBehind(chain: readonly string[], group: string, now: string): boolean {
  const at = chain.indexOf(group);
  return at >= 0 && chain[at + 1] !== now;
}
