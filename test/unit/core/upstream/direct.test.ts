import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { UpstreamError } from '../../../../core/api/errors.ts';
import type { Outbound } from '../../../../core/upstream/upstream.ts';
import { freePort } from '../../../daemons/daemon.ts';
import {
  assertClosed,
  exchange,
  failureOf,
  loopbackOutbound,
  patient,
  plain,
  serveEcho,
  upstreamsOf,
} from './loopback.ts';
import { createServer } from 'node:net';

const direct = (outbound: Outbound = loopbackOutbound(), limitMs = 5_000) =>
  upstreamsOf([], outbound, limitMs)('DIRECT');

/** An echo server that has both loopback addresses at the same port. */
async function serveEchoTwice(t: TestContext): Promise<number> {
  const { port } = await serveEcho(t, '::1');
  const second = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket));
  await new Promise<void>((resolve) => {
    second.listen(port, '127.0.0.1', resolve);
  });
  t.after(() => second.close());
  return port;
}

for (const address of ['127.0.0.1', '::1']) {
  test(`reaches ${address}`, async (t) => {
    const echo = await serveEcho(t, address);
    const stream = await direct().connect({ host: address, port: echo.port }, patient);
    assert.equal(await exchange(stream, 'hello'), 'hello');
  });
}

test('looks a name up', async (t) => {
  const echo = await serveEcho(t);
  const upstream = direct(loopbackOutbound({ 'site.test': ['127.0.0.1'] }));
  const stream = await upstream.connect({ host: 'Site.Test', port: echo.port }, patient);
  assert.equal(await exchange(stream, 'hello'), 'hello');
});

test('goes on to the next address at once where one refuses', async (t) => {
  const echo = await serveEcho(t, '::1');
  const outbound = loopbackOutbound({ 'site.test': ['127.0.0.1', '127.0.0.2', '::1'] });
  const stream = await direct(outbound).connect({ host: 'site.test', port: echo.port }, patient);
  assert.equal(await exchange(stream, 'hello'), 'hello');
  // The other family comes second.
  assert.equal(outbound.opened.length, 2);
});

test('does not wait for an address that does not answer', async (t) => {
  const port = await serveEchoTwice(t);
  const inner = loopbackOutbound({ 'site.test': ['127.0.0.1', '::1'] });
  let aborted = false;
  const silentOnFour: Outbound = {
    resolve: inner.resolve,
    connectTcp(address, toPort, signal) {
      if (address.includes(':')) return inner.connectTcp(address, toPort, signal);
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(new Error('aborted'));
        });
      });
    },
  };
  const stream = await direct(silentOnFour).connect({ host: 'site.test', port }, patient);
  assert.equal(await exchange(stream, 'hello'), 'hello');
  assert.ok(aborted);
});

test('a loser that connects in spite of the abort is destroyed', async (t) => {
  const port = await serveEchoTwice(t);
  const inner = loopbackOutbound({ 'site.test': ['127.0.0.1', '::1'] });
  const late: Promise<unknown>[] = [];
  const slowOnFour: Outbound = {
    resolve: inner.resolve,
    connectTcp(address, toPort, signal) {
      if (address.includes(':')) return inner.connectTcp(address, toPort, signal);
      const deaf = new AbortController().signal;
      const connection = new Promise((resolve) => setTimeout(resolve, 300)).then(() =>
        inner.connectTcp(address, toPort, deaf),
      );
      late.push(connection);
      return connection;
    },
  };
  const stream = await direct(slowOnFour).connect({ host: 'site.test', port }, patient);
  await Promise.all(late);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(
    inner.opened.map((socket) => [socket.remoteFamily, socket.destroyed]),
    [
      ['IPv6', false],
      [undefined, true],
    ],
  );
  stream.destroy();
});

test('a refusal is passed on', async () => {
  const outbound = loopbackOutbound();
  const target = { host: '127.0.0.1', port: await freePort() };
  const error = await failureOf(direct(outbound).connect(target, patient));
  assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_REFUSED', 'refused']);
  assert.match(error.message, /^Cannot reach 127\.0\.0\.1:\d+ through DIRECT: connecting to /);
  assertClosed(outbound);
});

test('a refusal by one address counts more than silence of the others', async () => {
  const outbound: Outbound = {
    resolve: async () => ['127.0.0.1', '127.0.0.2', '127.0.0.3'],
    async connectTcp(address) {
      const failure = address === '127.0.0.2' ? 'refused' : 'host-unreachable';
      throw new UpstreamError('ERR_X', failure, `${address} says no.`);
    },
  };
  const error = await failureOf(direct(outbound).connect({ host: 'site.test', port: 1 }, patient));
  assert.equal(error.failure, 'refused');
  assert.match(error.message, /127\.0\.0\.2 says no\. Check/);
});

test('a name that does not exist is an error that names it', async () => {
  const error = await failureOf(direct().connect({ host: 'no.test', port: 1 }, patient));
  assert.equal(error.failure, 'host-unreachable');
  assert.match(error.message, /looking up no\.test: no\.test does not exist\./);
});

test('a look-up that never ends times out', async () => {
  const outbound: Outbound = { ...loopbackOutbound(), resolve: () => new Promise(() => undefined) };
  const upstream = direct(outbound, 30);
  const error = await failureOf(upstream.connect({ host: 'slow.test', port: 1 }, patient));
  assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_TIMEOUT', 'timeout']);
  assert.match(error.message, /looking up slow\.test: no answer within 0\.03 s\./);
});

test('a connection that comes after the deadline is destroyed', async (t) => {
  const echo = await serveEcho(t);
  const inner = loopbackOutbound();
  const late: Promise<unknown>[] = [];
  const outbound: Outbound = {
    ...inner,
    connectTcp(address, port) {
      const connection = new Promise((resolve) => setTimeout(resolve, 60)).then(() =>
        inner.connectTcp(address, port, new AbortController().signal),
      );
      late.push(connection);
      return connection;
    },
  };
  const error = await failureOf(
    direct(outbound, 20).connect({ host: '127.0.0.1', port: echo.port }, patient),
  );
  assert.equal(error.code, 'ERR_UPSTREAM_TIMEOUT');
  await Promise.all(late);
  await new Promise((resolve) => setImmediate(resolve));
  assertClosed(inner);
});

test('an abort while several addresses are tried aborts them all', async () => {
  const controller = new AbortController();
  const signals: AbortSignal[] = [];
  const outbound: Outbound = {
    resolve: async () => ['127.0.0.1', '::1'],
    connectTcp(_address, _port, signal) {
      signals.push(signal);
      if (signals.length === 2) controller.abort();
      return new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      });
    },
  };
  const upstream = direct(outbound);
  const error = await failureOf(
    upstream.connect({ host: 'site.test', port: 1 }, controller.signal),
  );
  assert.equal(error.code, 'ERR_UPSTREAM_ABORTED');
  assert.deepEqual(
    signals.map((signal) => signal.aborted),
    [true, true],
  );
});

test('datagrams go straight to their destination', async () => {
  assert.deepEqual(await direct().associate(patient), { kind: 'direct' });
});

test('a direct proxy may have a name of its own', () => {
  const upstream = upstreamsOf([plain({ name: 'home' })])('home');
  assert.deepEqual([upstream.name, upstream.type, upstream.chain], ['home', 'Direct', ['home']]);
});
