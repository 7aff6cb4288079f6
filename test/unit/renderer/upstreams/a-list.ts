/** Proxies and groups as core tells them, with what a test says of them. */
import type { GroupInfo, ProxyInfo, ProxyList } from '../../../../core/api/proxies.ts';

export function aProxy(change: Partial<ProxyInfo> & { readonly name: string }): ProxyInfo {
  return {
    type: 'Socks5',
    provider: null,
    server: '192.0.2.1:1080',
    dialerProxy: '',
    udp: false,
    alive: true,
    delay: null,
    history: [],
    tests: [],
    ...change,
  };
}

/** With these results of tests, in milliseconds; 0: it failed. */
export function tested(name: string, delays: readonly number[], url = 'http://a/'): ProxyInfo {
  const history = delays.map((delay, at) => ({ time: new Date(at).toISOString(), delay }));
  return aProxy({ name, history, tests: [{ url, alive: delays.at(-1) !== 0, history }] });
}

export function aGroup(change: Partial<GroupInfo> & { readonly name: string }): GroupInfo {
  const all = change.all ?? [];
  return {
    type: 'Selector',
    all,
    now: all[0] ?? '',
    reason: 'first',
    fixed: '',
    selectable: true,
    udp: false,
    alive: true,
    delay: null,
    hidden: false,
    icon: '',
    testUrl: '',
    expectedStatus: '',
    interval: 0,
    strategy: '',
    ...change,
  };
}

export function aList(change: Partial<ProxyList>): ProxyList {
  return { mode: 'rule', proxies: [], groups: [], ...change };
}
