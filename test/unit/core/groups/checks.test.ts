import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { UpstreamError } from '../../../../core/api/errors.ts';
import type { SluiceError } from '../../../../core/api/errors.ts';
import { listAll } from '../../../../core/groups/listing.ts';
import type { ProxiesParts } from '../../../../core/groups/proxies.ts';
import { GroupLab, configOf } from './group-lab.ts';

/** A web server that all upstreams lead to, each as the test says. */
class CheckLab extends GroupLab {
  /** Flows that were ended: which chains were meant, and why. */
  readonly ended: { chain: readonly string[]; reason: SluiceError }[] = [];
  readonly requests: IncomingMessage[] = [];
  readonly url: string;

  constructor(url: string, yaml: string, parts: Partial<ProxiesParts> = {}) {
    const chains = [['g', 'a'], ['g', 'b'], ['a'], ['other', 'c']];
    super(yaml.replaceAll('URL', url), {
      isOnline: () => true,
      endFlows: (isMeant, reason) => {
        for (const chain of chains) if (isMeant(chain)) this.ended.push({ chain, reason });
      },
      ...parts,
    });
    this.url = url;
    for (const name of ['a', 'b', 'c']) this.work(name);
  }

  work(name: string): void {
    const { port } = new URL(this.url);
    this.upstreams.get(name)?.onConnect(async () => connect(Number(port), '127.0.0.1'));
  }

  fail(name: string, error: UpstreamError): void {
    this.upstreams.get(name)?.onConnect(() => Promise.reject(error));
  }

  asked(name: string): number {
    return this.upstreams.get(name)?.asked.length ?? 0;
  }
}

const refused = new UpstreamError('ERR_UPSTREAM_SERVER', 'upstream', 'Nobody listens there.');
const silent = new UpstreamError('ERR_UPSTREAM_TIMEOUT', 'timeout', 'No answer.');

async function labOf(
  t: TestContext,
  yaml: string,
  parts: Partial<ProxiesParts> = {},
  answer = (_: IncomingMessage, response: ServerResponse): void =>
    void response.writeHead(204).end(),
): Promise<CheckLab> {
  const sockets = new Set<Socket>();
  const server = createServer(answer);
  server.on('connection', (socket) => sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const lab = new CheckLab(`http://127.0.0.1:${port}/generate_204`, yaml, parts);
  t.after(() => lab.proxies.close());
  return lab;
}

const group = (type: string, more = ''): string =>
  `proxy-groups: [{name: g, type: ${type}, url: "URL", proxies: [a, b]${more}}]`;

/** Waits until it holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('a test is a HEAD request through the proxy, and its delay is noted', async (t) => {
  const methods: string[] = [];
  const lab = await labOf(t, group('select'), {}, (request, response) => {
    methods.push(`${request.method} ${request.url}`);
    response.writeHead(204).end();
  });
  assert.ok((await lab.proxies.test('a', { url: lab.url })) >= 1);
  assert.deepEqual(methods, ['HEAD /generate_204']);
  assert.deepEqual(lab.upstreams.get('a')?.asked, [
    { host: '127.0.0.1', port: Number(new URL(lab.url).port) },
  ]);
  const { proxies } = listAll(lab.groups);
  const a = proxies.find(({ name }) => name === 'a');
  assert.equal(a?.alive, true);
  assert.deepEqual(
    a?.tests.map(({ url, history }) => [url, history.length]),
    [[lab.url, 1]],
  );
});

test('an answer with another status than expected is a failure', async (t) => {
  const lab = await labOf(t, group('select'), {}, (_, response) => {
    response.writeHead(302, { location: 'http://portal.test/' }).end();
  });
  await assert.rejects(lab.proxies.test('a', { url: lab.url, expectedStatus: '200/204' }), {
    code: 'ERR_HTTP_STATUS',
  });
  assert.equal(lab.proxy('a').health.all.isAlive, false);
  await lab.proxies.test('a', { url: lab.url, expectedStatus: '300-399' });
  assert.equal(lab.proxy('a').health.all.isAlive, true);
});

test('an answer that is no HTTP, and one without end, are failures', async (t) => {
  const lab = await labOf(t, group('select'));
  await assert.rejects(lab.proxies.test('a', { url: 'http://' }), { code: 'ERR_HTTP_URL' });
  const raw = await labOf(t, group('select'), {}, (_, response) => {
    response.socket?.write('SSH-2.0-OpenSSH_9.9\r\n');
  });
  await assert.rejects(raw.proxies.test('a', { url: raw.url }), { code: 'ERR_HTTP_PROTOCOL' });
  const endless = await labOf(t, group('select'), {}, (_, response) => {
    response.socket?.write(`HTTP/1.1 204 x\r\n${'X-Long: y\r\n'.repeat(3000)}`);
  });
  await assert.rejects(endless.proxies.test('a', { url: endless.url }), {
    code: 'ERR_HTTP_PROTOCOL',
  });
});

test('with unified-delay the second request over the same connection counts', async (t) => {
  let connections = 0;
  const lab = await labOf(t, `unified-delay: true\n${group('select')}`);
  const port = Number(new URL(lab.url).port);
  lab.upstreams.get('a')?.onConnect(async () => {
    connections += 1;
    await new Promise((resolve) => setTimeout(resolve, 300));
    return connect(port, '127.0.0.1');
  });
  const began = performance.now();
  const delay = await lab.proxies.test('a', { url: lab.url });
  // The handshake before it takes 300 ms and is left out, however slow the rest is.
  assert.ok(performance.now() - began - delay > 290);
  assert.equal(connections, 1);
});

test('groups that choose by tests test at once; select does not without an interval', async (t) => {
  const lab = await labOf(t, group('url-test'));
  lab.proxies.start();
  await until(() => lab.group().state.testedAt > 0);
  assert.deepEqual([lab.asked('a'), lab.asked('b'), lab.asked('c')], [1, 1, 0]);
  const select = await labOf(t, group('select'));
  select.proxies.start();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(select.asked('a'), 0);
});

test('who is tested already is not tested again for another configuration', async (t) => {
  const lab = await labOf(t, group('url-test'));
  lab.proxies.start();
  await until(() => lab.group().state.testedAt > 0);
  lab.apply(group('url-test', ', hidden: true').replaceAll('URL', lab.url));
  lab.proxies.start();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(lab.asked('a'), 1);
});

test('without a use a lazy group is not tested; the next use tests at once', async (t) => {
  const lab = await labOf(t, group('url-test', ', interval: 1'));
  lab.proxies.start();
  await until(() => lab.group().onUse !== null);
  assert.equal(lab.asked('a'), 1);
  lab.group().touch();
  await until(() => lab.asked('a') === 2);
});

test('a group that is not lazy is tested at its interval', async (t) => {
  const lab = await labOf(t, group('url-test', ', interval: 1, lazy: false'));
  lab.proxies.start();
  await until(() => lab.asked('a') >= 2);
});

test('nothing is tested while there is no way out', async (t) => {
  const lab = await labOf(t, group('fallback'), { isOnline: () => false });
  lab.fail('a', refused);
  lab.proxies.start();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const result = (await lab.proxies.testGroup('g', {})).get('a');
  assert.match(String(result?.cause), /no way out/);
  assert.equal(lab.asked('a'), 0);
  assert.equal(lab.proxy('a').health.all.isAlive, true);
});

test('flows through a proxy whose machine refuses end at once', async (t) => {
  const lab = await labOf(t, group('fallback'));
  lab.fail('a', refused);
  await lab.proxies.testGroup('g', {});
  assert.deepEqual(
    lab.ended.map(({ chain, reason }) => [chain, reason.code]),
    [
      [['g', 'a'], 'ERR_FLOW_UPSTREAM_DEAD'],
      [['a'], 'ERR_FLOW_UPSTREAM_DEAD'],
    ],
  );
  assert.equal(lab.asked('a'), 1);
  assert.equal(lab.now(), 'g > b (first-alive)');
  // Being dead still is no news.
  await lab.proxies.testGroup('g', {});
  assert.equal(lab.ended.length, 2);
});

test('what only did not answer gets a second chance, and where nobody passes no flow ends', async (t) => {
  const lab = await labOf(t, group('fallback'));
  lab.fail('a', silent);
  await lab.proxies.testGroup('g', {});
  assert.equal(lab.asked('a'), 2);
  assert.equal(lab.ended.length, 2);
  const offline = await labOf(t, group('fallback'));
  offline.fail('a', silent);
  offline.fail('b', silent);
  const results = await offline.proxies.testGroup('g', {});
  assert.deepEqual(
    [...results].map(([name, { delay, cause }]) => [name, delay, cause]),
    [
      ['a', 0, silent],
      ['b', 0, silent],
    ],
  );
  assert.equal(offline.ended.length, 0);
  assert.equal(offline.now(), 'g > a (none-alive)');
});

test('so many failed dials in traffic test the group at once', async (t) => {
  const lab = await labOf(t, group('fallback', ', max-failed-times: 3'));
  lab.proxies.start();
  await until(() => lab.group().state.testedAt > 0);
  lab.fail('a', silent);
  const dial = (): Promise<unknown> =>
    lab.proxy('a').connect({ host: 'x.test', port: 80 }, new AbortController().signal);
  await assert.rejects(dial());
  await assert.rejects(dial());
  assert.equal(lab.now(), 'g > a (first-alive)');
  await assert.rejects(dial());
  await until(() => lab.now() === 'g > b (first-alive)');
});

test('one dial that the proxy’s machine refuses is enough', async (t) => {
  const lab = await labOf(t, group('url-test'));
  lab.measured({ a: 1, b: 900 }, lab.url);
  assert.equal(lab.now(), 'g > a (fastest)');
  lab.fail('a', refused);
  await assert.rejects(
    lab.proxy('a').connect({ host: 'x.test', port: 80 }, new AbortController().signal),
  );
  await until(() => lab.now() === 'g > b (fastest)');
});

test('what says nothing of the proxy is not counted', async (t) => {
  const lab = await labOf(t, group('fallback', ', max-failed-times: 1'));
  lab.fail('a', new UpstreamError('ERR_UPSTREAM_REFUSED', 'refused', 'The target refuses.'));
  await assert.rejects(
    lab.proxy('a').connect({ host: 'x.test', port: 80 }, new AbortController().signal),
  );
  assert.equal(lab.proxy('a').failures, 0);
});

test('a switch ends the flows through the member before, where the group says so', async (t) => {
  const lab = await labOf(t, group('select', ', interrupt-exist-connections: true'));
  lab.proxies.choose('g', 'b');
  assert.deepEqual(
    lab.ended.map(({ chain, reason }) => [chain, reason.code]),
    [[['g', 'a'], 'ERR_FLOW_SWITCHED']],
  );
  const gentle = await labOf(t, group('select'));
  gentle.proxies.choose('g', 'b');
  assert.equal(gentle.ended.length, 0);
});

test('tests of many proxies run ten at a time, and one that is asked for twice runs once', async (t) => {
  const lab = await labOf(t, group('select'));
  let running = 0;
  let most = 0;
  for (const name of ['a', 'b', 'c']) {
    const { port } = new URL(lab.url);
    lab.upstreams.get(name)?.onConnect(async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((resolve) => setTimeout(resolve, 20));
      running -= 1;
      return connect(Number(port), '127.0.0.1');
    });
  }
  const once = lab.proxies.test('a', { url: lab.url });
  const again = lab.proxies.test('a', { url: lab.url });
  const others = Array.from({ length: 24 }, (_, n) =>
    lab.proxies.test('b', { url: `${lab.url}?${n}` }),
  );
  await Promise.all([once, again, ...others]);
  assert.equal(lab.asked('a'), 1);
  assert.equal(most, 10);
});

test('the health-check of a provider tests its proxies, whoever uses them, and with them', async (t) => {
  const [template] = configOf('').proxies;
  assert.ok(template?.type === 'socks5');
  const brought = { ...template, name: 'brought' };
  const lab = await labOf(
    t,
    [
      'proxy-providers:',
      '  sub: {type: http, url: "https://example.com/", health-check: {enable: true, url: "URL", interval: 1}}',
      'proxy-groups: [{name: g, type: select, use: [sub]}]',
    ].join('\n'),
    { proxiesOf: () => [brought] },
  );
  lab.work('brought');
  lab.proxies.start();
  await until(() => lab.asked('brought') === 1);
  // Lazy: it waits for a flow through a group.
  await until(() => lab.group().providerTests[0]?.onUse !== null);
  lab.group().touch();
  await until(() => lab.asked('brought') === 2);
});

test('a flood of refused dials is one test, not one for each', async (t) => {
  const lab = await labOf(t, group('fallback'));
  lab.proxies.start();
  await until(() => lab.group().state.testedAt > 0);
  lab.fail('a', refused);
  const before = lab.asked('a');
  const dials = Array.from({ length: 500 }, () =>
    lab.proxy('a').connect({ host: 'x.test', port: 80 }, new AbortController().signal),
  );
  await Promise.allSettled(dials);
  await until(() => lab.now() === 'g > b (first-alive)');
  assert.equal(lab.asked('a'), before + 500 + 1);
  assert.ok(lab.ended.length > 0);
});
