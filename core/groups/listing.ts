/** Proxies and groups as the control API shows them. Pure. */
import type { DelayRecord, GroupInfo, ProxyInfo } from '../api/proxies.ts';
import { formatEndpoint } from '../../rules/ip.ts';
import type { Group, Member } from './group.ts';
import { Group as AnyGroup, follow } from './group.ts';
import type { Groups } from './groups.ts';
import type { HealthHistory } from './health.ts';
import type { Proxy } from './proxy.ts';

export interface Listing {
  readonly proxies: readonly ProxyInfo[];
  readonly groups: readonly GroupInfo[];
}

/** Built-ins first, then the configuration's own, then those of providers. */
export function listAll(groups: Groups): Listing {
  const proxies: ProxyInfo[] = [];
  for (const [name, member] of groups.members) {
    // COMPATIBLE is another name of the same proxy.
    if (!(member instanceof AnyGroup)) proxies.push({ ...proxyInfo(member, null), name });
  }
  for (const [provider, provided] of groups.provided) {
    for (const proxy of provided) proxies.push(proxyInfo(proxy, provider));
  }
  return { proxies, groups: groups.groups.map((group) => groupInfo(group)) };
}

function proxyInfo(proxy: Proxy, provider: string | null): ProxyInfo {
  const { config, health } = proxy;
  return {
    name: proxy.name,
    type: proxy.type,
    provider,
    server: 'server' in config ? formatEndpoint(config.server, config.port) : '',
    dialerProxy: config.dialerProxy,
    udp: proxy.udp,
    alive: health.all.isAlive,
    delay: finite(health.all.delay),
    history: recordsOf(health.all),
    tests: [...health.byUrl()].map(([url, history]) => ({
      url,
      alive: history.isAlive,
      history: recordsOf(history),
    })),
  };
}

function groupInfo(group: Group): GroupInfo {
  const { config, state } = group;
  const choice = group.choose(null, 'look');
  const fixed = group.usable.some(({ name }) => name === state.chosen) ? state.chosen : '';
  return {
    name: group.name,
    type: group.type,
    all: group.members.map(({ name }) => name),
    now: group.isPerFlow ? '' : (choice.member?.name ?? ''),
    reason: choice.reason,
    fixed,
    selectable: group.canBeSet,
    udp: !config.disableUdp && carriesUdp(group),
    alive: group.isAliveFor(config.test.url),
    delay: finite(group.delayFor(config.test.url)),
    hidden: config.hidden,
    icon: config.icon,
    testUrl: config.test.url,
    expectedStatus: config.test.expectedStatus,
    interval: config.test.interval,
    strategy: group.isPerFlow ? config.strategy : '',
  };
}

function carriesUdp(member: Member): boolean {
  if (member instanceof AnyGroup && member.isPerFlow) return member.usable.some(carriesUdp);
  return follow(member, null).proxy?.udp ?? false;
}

function recordsOf(history: HealthHistory): DelayRecord[] {
  return history.records.map(({ time, delay }) => ({ time: new Date(time).toISOString(), delay }));
}

function finite(delay: number): number | null {
  return Number.isFinite(delay) ? delay : null;
}
