/** Where flows go that no rule of their own claims: what MATCH, or the mode, leads to at this moment. */
import type { WayOutStatus } from '../api/status.ts';
import { chainOf, follow } from '../groups/group.ts';
import type { Policy } from './policy.ts';

/** Nothing is chosen by asking. */
export function finalWay(policy: Policy): WayOutStatus {
  const { config, finalTarget: target } = policy;
  const hasServers = config.proxies.length + config.proxyProviders.length > 0;
  const member = policy.groups.get(target);
  const way = member === undefined ? null : follow(member, null);
  const perFlow = way?.groups.findIndex(({ isPerFlow }) => isPerFlow) ?? -1;
  if (way === null || perFlow >= 0) {
    const chain = way?.groups.slice(0, perFlow + 1).map(({ name }) => name) ?? [];
    const unknown = { upstream: null, delay: null, alive: true, testedAt: null };
    return { target, chain, ...unknown, hasServers };
  }
  const { proxy } = way;
  const latest = proxy?.health.all.records.at(-1);
  return {
    target,
    chain: chainOf(way),
    upstream: proxy?.upstream == null ? null : proxy.name,
    delay: latest === undefined || latest.delay === 0 ? null : latest.delay,
    alive: proxy?.health.all.isAlive ?? false,
    testedAt: latest === undefined ? null : new Date(latest.time).toISOString(),
    hasServers,
  };
}
