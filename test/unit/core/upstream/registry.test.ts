import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { freePort } from '../../../daemons/daemon.ts';
import { startSquid, startTinyproxy } from '../../../daemons/http-proxies.ts';
import { startDante, startMicrosocks } from '../../../daemons/socks-servers.ts';
import {
  ask,
  assertClosed,
  failureOf,
  http,
  loopbackOutbound,
  patient,
  plain,
  serve,
  serveEcho,
  socks4,
  socks5,
  upstreamsOf,
} from './loopback.ts';

const nobody = { address: '127.0.0.1', port: 9 };

async function started(t: TestContext, start: typeof startMicrosocks | typeof startTinyproxy) {
  const daemon = await start();
  t.after(() => daemon.stop());
  return daemon;
}

test('SOCKS5 through HTTP through SOCKS4', async (t) => {
  const echo = await serveEcho(t);
  const outbound = loopbackOutbound();
  const outer = await started(t, startDante);
  const upstream = upstreamsOf(
    [
      socks5(await started(t, startMicrosocks), { name: 'a', dialerProxy: 'b' }),
      http(await started(t, startTinyproxy), { name: 'b', dialerProxy: 'c' }),
      socks4(outer, { name: 'c' }),
    ],
    outbound,
  )('a');
  const stream = await upstream.connect({ host: '127.0.0.1', port: echo.port }, patient);
  assert.deepEqual(upstream.chain, ['a', 'b', 'c']);
  // One connection from this machine, and still that very one.
  assert.deepEqual(
    outbound.opened.map((socket) => socket.remotePort),
    [outer.port],
  );
  assert.equal(stream, outbound.opened[0]);
  assert.equal(await ask(stream, 'hello'), 'hello');
});

test('HTTP through SOCKS5, with names that only the proxies look up', async (t) => {
  const echo = await serveEcho(t);
  const outbound = loopbackOutbound();
  const inner = await started(t, startSquid);
  const upstream = upstreamsOf(
    [
      http(inner, { name: 'a', server: 'localhost', dialerProxy: 'b' }),
      socks5(await started(t, startMicrosocks), { name: 'b' }),
    ],
    outbound,
  )('a');
  const stream = await upstream.connect({ host: 'localhost', port: echo.port }, patient);
  assert.equal(await ask(stream, 'hello'), 'hello');
  assert.deepEqual(outbound.lookedUp, []);
});

test('an error in a chain names the step and the upstream that was asked', async (t) => {
  const outbound = loopbackOutbound();
  const outer = await started(t, startMicrosocks);
  const closed = await freePort();
  const upstream = upstreamsOf(
    [
      http({ address: '127.0.0.1', port: closed }, { name: 'a', dialerProxy: 'b' }),
      socks5(outer, { name: 'b' }),
    ],
    outbound,
  )('a');
  const error = await failureOf(upstream.connect({ host: 'x.test', port: 80 }, patient));
  // The proxy is down, which says nothing of the target.
  assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_SERVER', 'upstream']);
  const step = `SOCKS5 handshake with 127.0.0.1:${outer.port}`;
  assert.ok(error.message.startsWith(`Cannot reach x.test:80 through a: ${step}: the proxy says`));
  assertClosed(outbound);
});

test('one time limit holds for the whole chain', async (t) => {
  const outbound = loopbackOutbound();
  const silent = await serve(t, () => undefined);
  const outer = await started(t, startMicrosocks);
  const upstream = upstreamsOf(
    [http(silent, { name: 'a', dialerProxy: 'b' }), socks5(outer, { name: 'b' })],
    outbound,
    100,
  )('a');
  const error = await failureOf(upstream.connect({ host: 'x.test', port: 80 }, patient));
  assert.equal(error.code, 'ERR_UPSTREAM_TIMEOUT');
  assert.ok(error.message.includes(`HTTP CONNECT handshake with 127.0.0.1:${silent.port}`));
  assertClosed(outbound);
});

test('all addresses of a proxy are tried', async (t) => {
  const echo = await serveEcho(t);
  const proxy = await started(t, startMicrosocks);
  const outbound = loopbackOutbound({ 'proxy.test': ['::1', '127.0.0.2', '127.0.0.1'] });
  const upstream = upstreamsOf([socks5(proxy, { server: 'proxy.test' })], outbound)('s5');
  const stream = await upstream.connect({ host: '127.0.0.1', port: echo.port }, patient);
  assert.equal(await ask(stream, 'hello'), 'hello');
});

test('a dialer-proxy that refuses is a refusal by the upstream', async () => {
  const upstream = upstreamsOf([socks5(nobody, { dialerProxy: 'REJECT' })])('s5');
  const error = await failureOf(upstream.connect({ host: 'x.test', port: 80 }, patient));
  assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_SERVER', 'upstream']);
  assert.match(error.message, /its dialer-proxy is REJECT/);
});

test('types are named as dashboards do', () => {
  const upstream = upstreamsOf([socks5(nobody), socks4(nobody), http(nobody)]);
  const names = ['s5', 's4', 'web', 'DIRECT'];
  assert.deepEqual(
    names.map((name) => upstream(name).type),
    ['Socks5', 'Socks4', 'Http', 'Direct'],
  );
});

test('what refuses has no upstream', () => {
  const upstream = upstreamsOf([plain({ name: 'no', type: 'reject-drop' })]);
  assert.throws(() => upstream('no'), /no upstream no/);
});
