/** The contract with dashboards that others wrote: paths, statuses and shapes, as they read them. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { RuleHitList } from '../../../../core/api/rule-hits.ts';
import { SluiceError } from '../../../../core/api/errors.ts';
import { runAtOnce } from '../../../../rules/pace.ts';
import type { RuleSetSlot } from '../../../../rules/rule-set.ts';
import { DomainSetBuilder } from '../../../../rules/sets/domain-set.ts';
import { URL_A, factsOf } from '../groups/group-lab.ts';
import { ClashLab } from './clash-lab.ts';

const yaml = `
proxy-groups:
  - {name: 选择 🚀, type: select, proxies: [auto, a, DIRECT], icon: "https://example.com/i.png"}
  - {name: auto, type: url-test, url: "${URL_A}", proxies: [a, b], hidden: true}
  - {name: lb, type: load-balance, proxies: [a, b]}
rules:
  - DOMAIN-SUFFIX,example.com,auto
  - SRC-IP-CIDR,10.0.0.0/8,DIRECT
  - AND,((DOMAIN,x.test),(NETWORK,udp)),REJECT
  - MATCH,选择 🚀
`;
const select = encodeURIComponent('选择 🚀');

let lab: ClashLab;
beforeEach(async () => {
  lab = await ClashLab.open(yaml);
});
afterEach(() => lab.close());

type Fields = Record<string, unknown>;

async function got(path: string): Promise<Fields> {
  const { status, body } = await lab.ask('GET', path);
  assert.equal(status, 200, path);
  return body as Fields;
}

async function statusOf(method: string, path: string, body?: unknown): Promise<number> {
  return (await lab.ask(method, path, body)).status;
}

test('who it is', async () => {
  assert.deepEqual(await got('/'), { hello: 'sluice' });
  const version = await got('/version');
  assert.equal(version['meta'], true);
  assert.match(String(version['version']), /^\d+\.\d+\.\d+/);
});

test('without the secret nothing is told; errors are {message}', async () => {
  const { status, body } = await lab.ask('GET', '/proxies', undefined, { authorization: '' });
  assert.equal(status, 401);
  assert.equal(typeof (body as Fields)['message'], 'string');
  const unknown = await lab.ask('GET', '/proxies/nobody');
  assert.deepEqual(
    [unknown.status, (unknown.body as Fields)['message']],
    [404, 'Resource not found'],
  );
  assert.equal(await statusOf('GET', '/nothing'), 404);
  assert.equal(await statusOf('POST', '/proxies'), 405);
});

test('pages that are allowed may ask, private networks included', async () => {
  const origin = 'https://board.test';
  const { status, headers } = await lab.ask('OPTIONS', '/proxies', undefined, {
    origin,
    authorization: '',
    'access-control-request-method': 'PATCH',
  });
  assert.equal(status, 204);
  assert.equal(headers['access-control-allow-origin'], origin);
  assert.equal(headers['access-control-allow-methods'], 'GET, POST, PUT, PATCH, DELETE');
  assert.equal(headers['access-control-allow-headers'], 'Content-Type, Authorization');
  assert.equal(headers['access-control-allow-private-network'], 'true');
  const other = await lab.ask('GET', '/proxies', undefined, { origin: 'https://evil.test' });
  assert.equal(other.status, 403);
});

test('proxies and groups by their names, GLOBAL among them with everything in it', async () => {
  lab.groups.measured({ a: 30, b: 20 });
  const proxies = (await got('/proxies'))['proxies'] as Record<string, Fields>;
  const types = Object.entries(proxies).map(([name, { type }]) => `${name} ${String(type)}`);
  assert.deepEqual(types, [
    ...['DIRECT Direct', 'REJECT Reject', 'REJECT-DROP RejectDrop', 'PASS Pass'],
    ...['COMPATIBLE Compatible', 'a Socks5', 'b Socks5', 'c Socks5'],
    ...['选择 🚀 Selector', 'auto URLTest', 'lb LoadBalance', 'GLOBAL Selector'],
  ]);
  const [record] = (proxies['b']?.['history'] ?? []) as Fields[];
  assert.equal(record?.['delay'], 20);
  assert.match(String(record?.['time']), /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.deepEqual(proxies['b']?.['extra'], { [URL_A]: { alive: true, history: [record] } });
  const { history: _, extra: _extra, ...auto } = proxies['auto'] ?? {};
  assert.deepEqual(auto, {
    name: 'auto',
    type: 'URLTest',
    udp: false,
    xudp: false,
    tfo: false,
    mptcp: false,
    smux: false,
    interface: '',
    'routing-mark': 0,
    alive: true,
    all: ['a', 'b'],
    testUrl: URL_A,
    expectedStatus: '*',
    now: 'b',
    fixed: '',
    hidden: true,
    icon: '',
  });
  // What a group leads to is shown as its own history.
  assert.deepEqual(proxies['选择 🚀']?.['history'], proxies['b']?.['history']);
  assert.equal('now' in (proxies['lb'] ?? {}), false);
  assert.deepEqual(proxies['GLOBAL']?.['all'], [
    ...['选择 🚀', 'auto', 'lb', 'a', 'b', 'c', 'DIRECT', 'REJECT'],
  ]);
  assert.deepEqual(await got(`/proxies/${select}`), proxies['选择 🚀']);
  assert.deepEqual(await got('/group/auto'), proxies['auto']);
  const groups = (await got('/group'))['proxies'] as Fields[];
  assert.deepEqual(
    groups.map(({ name }) => name),
    ['选择 🚀', 'auto', 'lb', 'GLOBAL'],
  );
});

test('a member is chosen, and given back where the group chooses itself', async () => {
  assert.equal(await statusOf('PUT', `/proxies/${select}`, { name: 'a' }), 204);
  assert.equal((await got(`/proxies/${select}`))['now'], 'a');
  assert.equal(await statusOf('PUT', '/proxies/auto', { name: 'b' }), 204);
  assert.equal((await got('/proxies/auto'))['fixed'], 'b');
  assert.equal(await statusOf('DELETE', '/proxies/auto'), 204);
  assert.equal((await got('/proxies/auto'))['fixed'], '');
  assert.equal(await statusOf('DELETE', `/proxies/${select}`), 400);
  assert.equal(await statusOf('PUT', `/proxies/${select}`, { name: 'c' }), 400);
  assert.equal(await statusOf('PUT', '/proxies/lb', { name: 'a' }), 400);
  assert.equal(await statusOf('PUT', '/proxies/nobody', { name: 'a' }), 404);
  for (const body of [undefined, [], 'a', { name: 1 }]) {
    assert.equal(await statusOf('PUT', `/proxies/${select}`, body), 400, JSON.stringify(body));
  }
});

test('delays of one and of a group; failures are 503 and 504', async () => {
  const url = encodeURIComponent('http://127.0.0.1:1/');
  assert.equal(await statusOf('GET', `/proxies/nobody/delay?url=${url}&timeout=1000`), 404);
  assert.equal(await statusOf('GET', `/proxies/a/delay?url=${url}&timeout=1000`), 503);
  assert.equal(await statusOf('GET', `/proxies/a/delay?url=${url}&timeout=never`), 400);
  assert.equal(await statusOf('GET', `/proxies/a/delay?url=ftp%3A%2F%2Fx&timeout=1000`), 400);
  await lab.ask('PUT', '/proxies/auto', { name: 'b' });
  const group = await lab.ask('GET', `/group/auto/delay?url=${url}&timeout=1000`);
  assert.deepEqual(
    [group.status, (group.body as Fields)['message']],
    [504, 'get delay: all proxies timeout'],
  );
  assert.equal((await got('/proxies/auto'))['fixed'], '');
});

test('a connection, with its ports as text and its chain from the leaf', async () => {
  const { connections: none, ...totals } = await got('/connections');
  assert.deepEqual(none, []);
  assert.deepEqual(Object.keys(totals), ['downloadTotal', 'uploadTotal', 'memory']);
  const {
    id,
    times: { started },
  } = lab.openFlow();
  const { connections, downloadTotal, uploadTotal } = await got('/connections');
  assert.deepEqual([downloadTotal, uploadTotal], [200, 10]);
  assert.deepEqual(connections, [
    {
      id: String(id),
      upload: 10,
      download: 200,
      start: new Date(started).toISOString(),
      chains: ['a', 'auto'],
      rule: 'DomainSuffix',
      rulePayload: 'example.com',
      metadata: {
        network: 'tcp',
        type: 'Tun',
        sourceIP: '198.18.0.1',
        destinationIP: '',
        sourceGeoIP: null,
        destinationGeoIP: null,
        sourceIPASN: '',
        destinationIPASN: '',
        sourcePort: '40000',
        destinationPort: '443',
        inboundIP: '',
        inboundPort: '0',
        inboundName: 'DEFAULT-TUN',
        inboundUser: '',
        host: 'www.example.com',
        dnsMode: 'fake-ip',
        uid: 1000,
        process: 'curl',
        processPath: '/usr/bin/curl',
        specialProxy: '',
        specialRules: '',
        remoteDestination: 'www.example.com',
        dscp: 46,
        sniffHost: '',
      },
    },
  ]);
});

test('connections are closed, one or all; an unknown one is no error', async () => {
  const first = lab.openFlow();
  const second = lab.openFlow();
  assert.equal(await statusOf('DELETE', `/connections/${first.id}`), 204);
  assert.equal(first.state, 'closed');
  assert.equal(await statusOf('DELETE', '/connections/not-a-number'), 204);
  assert.equal(second.state, 'open');
  assert.equal(await statusOf('DELETE', '/connections'), 204);
  assert.equal(second.state, 'closed');
});

test('rules in their order, with mihomo’s names of types', async () => {
  const { rules } = (await got('/rules')) as { rules: Fields[] };
  assert.deepEqual(
    rules.map(({ index, type, payload, proxy, size }) => [index, type, payload, proxy, size]),
    [
      [0, 'DomainSuffix', 'example.com', 'auto', -1],
      [1, 'SrcIPCIDR', '10.0.0.0/8', 'DIRECT', -1],
      [2, 'AND', '((DOMAIN,x.test),(NETWORK,udp))', 'REJECT', -1],
      [3, 'Match', '', '选择 🚀', -1],
    ],
  );
  const record = lab.openFlow();
  record.ruleIndex = 2;
  record.ruleText = 'AND,((DOMAIN,x.test),(NETWORK,udp)),REJECT';
  const { connections } = (await got('/connections')) as { connections: Fields[] };
  assert.deepEqual(
    [connections[0]?.['rule'], connections[0]?.['rulePayload']],
    ['AND', '((DOMAIN,x.test),(NETWORK,udp))'],
  );
});

test('a rule of a geo list says how many entries that has', async () => {
  await lab.close();
  lab = await ClashLab.open('rules: ["GEOSITE,cn,DIRECT", "GEOSITE,none,DIRECT", "MATCH,DIRECT"]');
  const { rules: compiled } = lab.service.policy;
  const builder = new DomainSetBuilder();
  for (const [index, name] of ['a.test', 'b.test', 'c.test'].entries())
    builder.add(name, index + 1);
  const set = runAtOnce(builder.build());
  const geosite = (code: string): RuleSetSlot | null =>
    code === 'cn' ? { name: code, current: set } : null;
  Object.assign(compiled, { context: { ...compiled.context, geosite } });
  const { rules } = (await got('/rules')) as { rules: Fields[] };
  assert.deepEqual(
    rules.map(({ size }) => size),
    [3, 0, -1],
  );
});

test('rules are passed over while they are disabled, and those that decide are counted', async () => {
  const facts = factsOf('www.example.com');
  const target = (): unknown => {
    const decision = lab.service.policy.decide(facts);
    return decision.kind === 'decided' ? decision.target : decision.kind;
  };
  assert.equal(target(), 'auto');
  assert.equal(await statusOf('PATCH', '/rules/disable', { 0: true }), 204);
  assert.equal(target(), '选择 🚀');
  const extras = async (): Promise<unknown[]> => {
    const { rules } = (await got('/rules')) as { rules: { extra: Fields }[] };
    return rules.map(({ extra }) => [extra['disabled'], extra['hitCount'], extra['missCount']]);
  };
  assert.deepEqual(await extras(), [
    [true, 1, 0],
    [false, 0, 0],
    [false, 0, 0],
    [false, 1, 0],
  ]);
  assert.equal(await statusOf('PATCH', '/rules/disable', { 0: false }), 204);
  assert.equal(target(), 'auto');
  for (const body of [{ 9: true }, { x: true }, { 0: 'yes' }, []]) {
    assert.equal(await statusOf('PATCH', '/rules/disable', body), 400, JSON.stringify(body));
  }
});

test('the rules that decided are told with their lines', async () => {
  const { policy } = lab.service;
  for (const domain of ['a.example.com', 'b.example.com', 'other.test']) {
    policy.decide(factsOf(domain));
  }
  const { hits, unmatched } = (await got('/api/v1/rules/hits')) as unknown as RuleHitList;
  assert.deepEqual(
    hits.map(({ index, count }) => [index, count]),
    [
      [0, 2],
      [3, 1],
    ],
  );
  assert.equal((hits[1]?.line ?? 0) - (hits[0]?.line ?? 0), 3);
  assert.equal(unmatched, 0);
});

test('settings are told; the mode is switched, the rest is the file’s', async () => {
  const configs = await got('/configs');
  assert.equal(configs['mode'], 'rule');
  assert.equal((configs['tun'] as Fields)['enable'], true);
  assert.equal(await statusOf('PATCH', '/configs', { mode: 'Global' }), 204);
  assert.equal((await got('/configs'))['mode'], 'global');
  // A form that says what is so already changes nothing.
  const same = { 'allow-lan': false, tun: { enable: true }, mode: 'direct' };
  assert.equal(await statusOf('PATCH', '/configs', same), 204);
  assert.equal((await got('/configs'))['mode'], 'direct');
  assert.equal(await statusOf('PATCH', '/configs', { tun: { enable: false } }), 204);
  assert.equal(((await got('/configs'))['tun'] as Fields)['enable'], false);
  assert.equal(await statusOf('PATCH', '/configs', { tun: { enable: true } }), 204);
  assert.equal(lab.service.isCapturing, true);
  assert.equal(await statusOf('PATCH', '/configs', { 'log-level': 'debug' }), 204);
  assert.equal((await got('/configs'))['log-level'], 'debug');
  const refused = [
    ...[{ 'allow-lan': true }, { tun: { enable: 1 } }, { mode: 'x' }, { 'log-level': 3 }],
    ...[{ tun: { enable: false, mtu: 9 } }, { tun: 'off' }],
    ...[[], null],
  ];
  for (const body of refused) {
    assert.equal(await statusOf('PATCH', '/configs', body), 400, JSON.stringify(body));
  }
});

test('the file is read again; no path and no text is taken', async () => {
  assert.equal(await statusOf('PUT', '/configs?force=true', { path: '', payload: '' }), 204);
  assert.deepEqual(lab.service.refreshed, ['file']);
  assert.equal(await statusOf('PUT', '/configs', { path: '/etc/shadow' }), 400);
  assert.equal(await statusOf('PUT', '/configs', { payload: 'mode: direct' }), 400);
  assert.deepEqual(lab.service.refreshed, ['file']);
});

test('what makes no sense here is one clear error', async () => {
  for (const path of ['/restart', '/upgrade', '/upgrade/ui']) {
    assert.equal(await statusOf('POST', path), 501, path);
  }
  assert.equal(await statusOf('GET', '/dns/query?name=example.com'), 400);
});

test('providers, the configuration itself as "default"', async () => {
  const state = {
    ...{ url: 'https://example.com/sub', path: null, size: 1, error: null },
    ...{ updatedAt: '2026-01-02T03:04:05.000Z', nextRefresh: null, broken: 0, problems: [] },
  };
  lab.service.list = {
    proxies: [
      {
        ...state,
        ...{ name: 'sub', type: 'http', count: 0, proxies: [], unsupported: {} },
        subscription: { upload: 1, download: 2, total: 3, expire: '2030-01-01T00:00:00Z' },
      },
    ],
    rules: [{ ...state, name: 'ads', type: 'file', count: 7, behavior: 'ipcidr', format: 'mrs' }],
    geo: [],
  };
  const { providers } = (await got('/providers/proxies')) as { providers: Record<string, Fields> };
  assert.deepEqual(Object.keys(providers), ['default', 'sub']);
  assert.equal(providers['default']?.['vehicleType'], 'Compatible');
  assert.deepEqual(providers['sub'], {
    name: 'sub',
    type: 'Proxy',
    vehicleType: 'HTTP',
    proxies: [],
    testUrl: 'https://www.gstatic.com/generate_204',
    expectedStatus: '*',
    updatedAt: '2026-01-02T03:04:05.000Z',
    subscriptionInfo: { Upload: 1, Download: 2, Total: 3, Expire: 1_893_456_000 },
  });
  const own = (await got('/providers/proxies/default'))['proxies'] as Fields[];
  assert.ok(own.some(({ name }) => name === 'a'));
  assert.equal((await got('/providers/proxies/default/a'))['type'], 'Socks5');
  assert.equal(await statusOf('GET', '/providers/proxies/default/nobody'), 404);
  assert.equal(await statusOf('GET', '/providers/proxies/nobody'), 404);
  assert.equal(await statusOf('GET', '/providers/proxies/default/healthcheck'), 204);
  assert.equal(await statusOf('PUT', '/providers/proxies/sub'), 204);
  assert.equal(await statusOf('PUT', '/providers/rules/ads'), 204);
  assert.equal(await statusOf('PUT', '/providers/rules/nobody'), 404);
  assert.deepEqual(lab.service.refreshed, ['proxies sub', 'rules ads']);
  lab.service.refreshProvider = () => {
    throw new SluiceError('ERR_HTTP_STATUS', 'The answer has status 500.');
  };
  const failed = await lab.ask('PUT', '/providers/rules/ads');
  assert.deepEqual(
    [failed.status, (failed.body as Fields)['message']],
    [503, 'The answer has status 500.'],
  );
  assert.deepEqual((await got('/providers/rules'))['providers'], {
    ads: {
      name: 'ads',
      behavior: 'IPCIDR',
      format: 'MrsRule',
      ruleCount: 7,
      type: 'Rule',
      vehicleType: 'File',
      updatedAt: '2026-01-02T03:04:05.000Z',
    },
  });
});

test('dashboards keep any JSON up to a megabyte', async () => {
  const path = '/storage/zashboard%2Fsettings';
  assert.equal((await lab.ask('GET', path)).body, null);
  const value = { theme: 'dark', list: [1, 'zwei', null] };
  assert.equal(await statusOf('PUT', path, value), 204);
  assert.equal(await statusOf('PUT', path), 400);
  assert.deepEqual((await lab.ask('GET', path)).body, value);
  assert.equal(await statusOf('DELETE', path), 204);
  assert.equal((await lab.ask('GET', path)).body, null);
  assert.equal(await statusOf('PUT', path, 'x'.repeat(1_100_000)), 413);
  for (let n = 0; n < 64; n += 1) assert.equal(await statusOf('PUT', `/storage/${n}`, n), 204);
  assert.equal(await statusOf('PUT', '/storage/64', 64), 400);
  assert.equal((await lab.ask('GET', '/storage/__proto__')).body, null);
});

test('a client that offers HTTP/2 is answered in what it asked with', async () => {
  const offer = {
    connection: 'Upgrade, HTTP2-Settings',
    upgrade: 'h2c',
    'http2-settings': 'AAMAAABk',
  };
  const { status, body } = await lab.ask('GET', '/version', undefined, offer);
  assert.deepEqual([status, (body as Fields)['meta']], [200, true]);
});

test('while the engine does not run, what needs it says so', async () => {
  Object.defineProperty(lab.service, 'policy', {
    get: () => {
      throw new SluiceError('ERR_ENGINE_NOT_RUNNING', 'The engine does not run.');
    },
  });
  assert.equal(await statusOf('GET', '/proxies'), 503);
  assert.equal(await statusOf('GET', '/version'), 200);
});
