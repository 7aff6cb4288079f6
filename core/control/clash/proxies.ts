/** `/proxies` and `/group`: proxies and groups in Clash's shape. */
import type { DelayRecord, GroupInfo, ProxyInfo } from '../../api/proxies.ts';
import { parseTestRequest } from '../../api/proxies.ts';
import { listAll } from '../../groups/listing.ts';
import { RequestError } from '../http.ts';
import { toTest } from '../proxy-handlers.ts';
import type { ControlService } from '../service.ts';
import { bodyFields, notFound, param } from './context.ts';
import type { ClashContext, ClashHandler } from './context.ts';

interface ClashHistory {
  readonly alive: boolean;
  readonly history: readonly DelayRecord[];
}

export interface ClashProxy {
  readonly name: string;
  readonly type: string;
  readonly udp: boolean;
  readonly alive: boolean;
  readonly history: readonly DelayRecord[];
  /** By the URL that it was tested with. */
  readonly extra: Readonly<Record<string, ClashHistory>>;
}

/** What all proxies and groups say, used or not. */
const ALWAYS = {
  xudp: false,
  tfo: false,
  mptcp: false,
  smux: false,
  interface: '',
  'routing-mark': 0,
} as const;

export function clashProxy(proxy: ProxyInfo): ClashProxy {
  return {
    ...ALWAYS,
    name: proxy.name,
    // It is the same as DIRECT, and dashboards tell them apart by the type.
    type: proxy.name === 'COMPATIBLE' ? 'Compatible' : proxy.type,
    udp: proxy.udp,
    alive: proxy.alive,
    history: proxy.history,
    extra: Object.fromEntries(
      proxy.tests.map(({ url, alive, history }) => [url, { alive, history }]),
    ),
    ...{ 'dialer-proxy': proxy.dialerProxy, 'provider-name': proxy.provider ?? '' },
  };
}

/** `leaf` is what the group leads to: dashboards show its tests as the group's. */
function clashGroup(group: GroupInfo, leaf: ClashProxy | undefined): ClashProxy {
  const isBalanced = group.type === 'LoadBalance';
  const canBeFixed = group.type === 'URLTest' || group.type === 'Fallback';
  return {
    ...ALWAYS,
    name: group.name,
    type: group.type,
    udp: group.udp,
    alive: group.alive,
    history: leaf?.history ?? [],
    extra: leaf?.extra ?? {},
    ...{ all: group.all, testUrl: group.testUrl, expectedStatus: group.expectedStatus },
    ...(isBalanced ? {} : { now: group.now }),
    ...(canBeFixed ? { fixed: group.fixed } : {}),
    ...{ hidden: group.hidden, icon: group.icon },
  };
}

/** Everything by its name; of a name that comes twice, the configuration's own. */
function allProxies({ policy }: ControlService): Map<string, ClashProxy> {
  const { proxies, groups } = listAll(policy.groups);
  const all = new Map<string, ClashProxy>();
  for (const proxy of proxies) if (!all.has(proxy.name)) all.set(proxy.name, clashProxy(proxy));
  const byName = new Map(groups.map((group) => [group.name, group]));
  const leafOf = (group: GroupInfo): ClashProxy | undefined => {
    const inner = byName.get(group.now);
    return inner === undefined ? all.get(group.now) : leafOf(inner);
  };
  const leaves = groups.map((group) => clashGroup(group, leafOf(group)));
  for (const group of leaves) all.set(group.name, group);
  return all;
}

const list: ClashHandler = ({ service }) => ({
  proxies: Object.fromEntries(allProxies(service)),
});

const one: ClashHandler = (context) => {
  const found = allProxies(context.service).get(param(context, 'name'));
  if (found === undefined) throw notFound();
  return found;
};

const choose: ClashHandler = ({ service, params, body }) => {
  const { name } = bodyFields(body);
  if (typeof name !== 'string') throw new RequestError(400, 'ERR_REQUEST_INVALID', 'Body invalid');
  service.proxies.choose(params['name'] ?? '', name);
};

/** As in mihomo, a Selector has nothing to go back to. */
const unchoose: ClashHandler = ({ service, params }) => {
  const { proxies } = service;
  const group = proxies.group(params['name'] ?? '');
  if (group.type !== 'URLTest' && group.type !== 'Fallback') {
    throw new RequestError(400, 'ERR_REQUEST_INVALID', 'Body invalid');
  }
  proxies.unchoose(group.name);
};

export function testOf({ query }: ClashContext): ReturnType<typeof toTest> {
  const url = query.get('url');
  const timeout = query.get('timeout');
  const expected = query.get('expected');
  return toTest(
    parseTestRequest({
      ...(url === null || url === '' ? {} : { url }),
      ...(timeout === null ? {} : { timeout: Number(timeout) }),
      ...(expected === null || expected === '' ? {} : { expected }),
    }),
  );
}

const delay: ClashHandler = async (context) => {
  const name = param(context, 'name');
  const { proxies } = context.service;
  // An unknown name is another error than a failed test.
  proxies.member(name);
  return { delay: await testFailing(() => proxies.test(name, testOf(context))) };
};

/** The answers of mihomo: 504 where it took too long, 503 for everything else. */
export async function testFailing(test: () => Promise<number>): Promise<number> {
  try {
    return await test();
  } catch (cause) {
    const code = (cause as { readonly code?: string }).code ?? '';
    if (code === 'ERR_REQUEST_INVALID') throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    const isLate = code === 'ERR_HTTP_TIMEOUT' || code === 'ERR_UPSTREAM_TIMEOUT';
    throw new RequestError(isLate ? 504 : 503, code, isLate ? 'Timeout' : message);
  }
}

const groups: ClashHandler = ({ service }) => {
  const all = allProxies(service);
  return { proxies: service.policy.groups.groups.map(({ name }) => all.get(name)) };
};

const group: ClashHandler = (context) => {
  const name = param(context, 'name');
  context.service.proxies.group(name);
  return allProxies(context.service).get(name);
};

/** As in mihomo, testing a group that chooses by tests gives it its choice back. */
const groupDelay: ClashHandler = async (context) => {
  const { proxies } = context.service;
  const { name, type } = proxies.group(param(context, 'name'));
  if (type === 'URLTest' || type === 'Fallback') proxies.unchoose(name);
  const results = await proxies.testGroup(name, testOf(context));
  const passed = [...results].flatMap(([member, { delay: ms }]) => (ms > 0 ? [[member, ms]] : []));
  if (passed.length === 0) {
    throw new RequestError(504, 'ERR_GROUP_DEAD', 'get delay: all proxies timeout');
  }
  return Object.fromEntries(passed);
};

export const proxyRoutes: Readonly<Record<string, ClashHandler>> = {
  'GET /proxies': list,
  'GET /proxies/:name': one,
  'PUT /proxies/:name': choose,
  'DELETE /proxies/:name': unchoose,
  'GET /proxies/:name/delay': delay,
  'GET /group': groups,
  'GET /group/:name': group,
  'GET /group/:name/delay': groupDelay,
};
