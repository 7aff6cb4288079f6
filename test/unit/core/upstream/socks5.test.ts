import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { freePort } from '../../../daemons/daemon.ts';
import { startDante, startMicrosocks } from '../../../daemons/socks-servers.ts';
import {
  ask,
  assertClosed,
  exchange,
  failureOf,
  loopbackOutbound,
  patient,
  readText,
  serve,
  serveEcho,
  serveReplies,
  socks5,
  upstreamsOf,
} from './loopback.ts';
import type { Place } from './loopback.ts';

const METHOD_NONE = [5, 0];
const METHOD_LOGIN = [5, 2];
const GRANTED = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
const target = { host: 'example.com', port: 80 };

const through = (place: Place, login = {}) => upstreamsOf([socks5(place, login)])('s5');

async function microsocks(t: TestContext, login?: { username: string; password: string }) {
  const daemon = await startMicrosocks(login);
  t.after(() => daemon.stop());
  return daemon;
}

test('reaches an IPv4 address through microsocks', async (t) => {
  const echo = await serveEcho(t);
  const upstream = through(await microsocks(t));
  const stream = await upstream.connect({ host: '127.0.0.1', port: echo.port }, patient);
  assert.equal(await ask(stream, 'hello'), 'hello');
});

test('reaches an IPv6 address through microsocks', async (t) => {
  const echo = await serveEcho(t, '::1');
  const upstream = through(await microsocks(t));
  const stream = await upstream.connect({ host: '::1', port: echo.port }, patient);
  assert.equal(await ask(stream, 'hello'), 'hello');
});

test('reaches a name through microsocks, which looks it up', async (t) => {
  const echo = await serveEcho(t);
  const outbound = loopbackOutbound();
  const upstream = upstreamsOf([socks5(await microsocks(t))], outbound)('s5');
  const stream = await upstream.connect({ host: 'localhost', port: echo.port }, patient);
  assert.equal(await ask(stream, 'hello'), 'hello');
  assert.deepEqual(outbound.lookedUp, []);
});

test('logs in to microsocks', async (t) => {
  const echo = await serveEcho(t);
  const login = { username: 'alice', password: 'sécret' };
  const upstream = through(await microsocks(t, login), login);
  const stream = await upstream.connect({ host: '127.0.0.1', port: echo.port }, patient);
  assert.equal(await ask(stream, 'hello'), 'hello');
});

test('a wrong password is the upstream failing, with advice', async (t) => {
  const proxy = await microsocks(t, { username: 'alice', password: 'right' });
  const upstream = through(proxy, { username: 'alice', password: 'wrong' });
  const error = await failureOf(upstream.connect(target, patient));
  assert.equal(error.code, 'ERR_UPSTREAM_AUTH');
  assert.equal(error.failure, 'upstream');
  assert.equal(
    error.message,
    `Cannot reach example.com:80 through s5: SOCKS5 handshake with 127.0.0.1:${proxy.port}: ` +
      'the proxy does not accept the user name and password. ' +
      'Check username and password of this proxy in the configuration.',
  );
});

test('no password where microsocks wants one', async (t) => {
  const proxy = await microsocks(t, { username: 'alice', password: 'right' });
  const error = await failureOf(through(proxy).connect(target, patient));
  assert.equal(error.code, 'ERR_UPSTREAM_AUTH');
});

for (const [name, start] of Object.entries({ microsocks: startMicrosocks, Dante: startDante })) {
  test(`a refused target is a refusal through ${name}`, async (t) => {
    const proxy = await start();
    t.after(() => proxy.stop());
    const closed = { host: '127.0.0.1', port: await freePort() };
    const error = await failureOf(through(proxy).connect(closed, patient));
    assert.equal(error.code, 'ERR_UPSTREAM_REFUSED');
    assert.equal(error.failure, 'refused');
  });
}

test('half-close passes both ways through Dante', async (t) => {
  const proxy = await startDante();
  t.after(() => proxy.stop());
  const answersAtEnd = await serve(t, (socket) => {
    let length = 0;
    socket.on('data', (bytes) => (length += bytes.length));
    socket.on('end', () => socket.end(`got ${length}`));
  });
  const upstream = through(proxy);
  const stream = await upstream.connect({ host: '127.0.0.1', port: answersAtEnd.port }, patient);
  assert.equal(await exchange(stream, 'x'.repeat(1000)), 'got 1000');
});

test('a proxy that is down is the upstream failing, not a refusal of the target', async () => {
  const upstream = through({ address: '127.0.0.1', port: await freePort() });
  const error = await failureOf(upstream.connect(target, patient));
  assert.equal(error.code, 'ERR_UPSTREAM_SERVER');
  assert.equal(error.failure, 'upstream');
});

const MEANINGS = [
  [1, 'ERR_UPSTREAM_FAILED', 'upstream'],
  [2, 'ERR_UPSTREAM_NOT_ALLOWED', 'refused'],
  [3, 'ERR_UPSTREAM_NET_UNREACHABLE', 'net-unreachable'],
  [4, 'ERR_UPSTREAM_HOST_UNREACHABLE', 'host-unreachable'],
  [5, 'ERR_UPSTREAM_REFUSED', 'refused'],
  [6, 'ERR_UPSTREAM_TIMEOUT', 'timeout'],
  [7, 'ERR_UPSTREAM_FAILED', 'upstream'],
  [8, 'ERR_UPSTREAM_NET_UNREACHABLE', 'net-unreachable'],
  [91, 'ERR_UPSTREAM_PROTOCOL', 'upstream'],
] as const;

for (const [code, errorCode, failure] of MEANINGS) {
  test(`reply ${code} means ${failure}`, async (t) => {
    // Nothing after the code: some servers hang up right there.
    const proxy = await serveReplies(t, METHOD_NONE, [5, code]);
    const error = await failureOf(through(proxy).connect(target, patient));
    assert.deepEqual([error.code, error.failure], [errorCode, failure]);
  });
}

const GARBAGE = {
  'HTTP instead of SOCKS': ['HTTP/1.1 400 Bad Request\r\n\r\n'],
  'SOCKS4 instead of SOCKS5': [[0, 90, 0, 0, 0, 0, 0, 0]],
  'a reply of another version': [METHOD_NONE, [4, 0, 0, 1, 0, 0, 0, 0, 0, 0]],
  'an address type that does not exist': [METHOD_NONE, [5, 0, 0, 9, 0, 0, 0, 0, 0, 0]],
} as const;

for (const [what, replies] of Object.entries(GARBAGE)) {
  test(`${what} is a protocol error`, async (t) => {
    const outbound = loopbackOutbound();
    const proxy = await serveReplies(t, ...replies);
    const upstream = upstreamsOf([socks5(proxy)], outbound)('s5');
    const error = await failureOf(upstream.connect(target, patient));
    assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_PROTOCOL', 'upstream']);
    assertClosed(outbound);
  });
}

test('a method that was not offered is refused', async (t) => {
  const proxy = await serveReplies(t, [5, 0x80]);
  const error = await failureOf(through(proxy).connect(target, patient));
  assert.equal(error.code, 'ERR_UPSTREAM_AUTH');
});

const ENDS = {
  'at once': [null],
  'after half a reply': [[5], null],
  'after the method': [METHOD_NONE, null],
  'in the middle of the address': [METHOD_NONE, [5, 0, 0, 1, 0, 0]],
} as const;

for (const [when, replies] of Object.entries(ENDS)) {
  test(`a proxy that ends ${when} is an error at once`, async (t) => {
    const outbound = loopbackOutbound();
    const proxy = await serve(t, (socket) => {
      let next = 0;
      socket.on('data', () => {
        const reply = replies[next++];
        if (reply != null) socket.write(Buffer.from(reply));
        if (next >= replies.length) socket.end();
        else if (replies[next] === null) socket.end();
      });
    });
    const upstream = upstreamsOf([socks5(proxy)], outbound)('s5');
    const error = await failureOf(upstream.connect(target, patient));
    assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_CLOSED', 'upstream']);
    assertClosed(outbound);
  });
}

test('a proxy that resets is an error at once', async (t) => {
  const proxy = await serve(t, (socket) => socket.once('data', () => socket.resetAndDestroy()));
  const error = await failureOf(through(proxy).connect(target, patient));
  assert.equal(error.code, 'ERR_UPSTREAM_CLOSED');
});

test('replies may come one byte at a time', async (t) => {
  const login = { username: 'a', password: 'b' };
  const bytes = [...METHOD_LOGIN, 1, 0, ...GRANTED, ...Buffer.from('early')];
  const proxy = await serve(t, (socket) => {
    socket.setNoDelay(true);
    // Each byte after something came, or after a while: replies never run ahead of the requests.
    let sent = 0;
    const stops = new Set([2, 4]);
    const sendMore = (): void => {
      socket.write(Buffer.from([bytes[sent++] ?? 0]));
      if (sent < bytes.length && !stops.has(sent)) setTimeout(sendMore, 2);
    };
    socket.on('data', sendMore);
  });
  const stream = await through(proxy, login).connect(target, patient);
  assert.equal(await readText(stream, 5), 'early');
});

test('bytes of the target that come with the last reply are not lost', async (t) => {
  const proxy = await serveReplies(t, METHOD_NONE, [...GRANTED, ...Buffer.from('220 hello\r\n')]);
  const stream = await through(proxy).connect(target, patient);
  // Let whatever might swallow them do so.
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(String(stream.read()), '220 hello\r\n');
  stream.destroy();
});

test('an end that comes with the last reply is not lost', async (t) => {
  const proxy = await serve(t, (socket) => {
    socket.once('data', () => {
      socket.write(Buffer.from(METHOD_NONE));
      socket.once('data', () => socket.end(Buffer.from(GRANTED)));
    });
  });
  const stream = await through(proxy).connect(target, patient);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await exchange(stream, ''), '');
});

test('a name in the reply is read to its end', async (t) => {
  const name = Buffer.from('proxy.example');
  const reply = [5, 0, 0, 3, name.length, ...name, 0, 80, ...Buffer.from('next')];
  const proxy = await serveReplies(t, METHOD_NONE, reply);
  const stream = await through(proxy).connect(target, patient);
  assert.equal(await readText(stream, 4), 'next');
});

test('the stream is the one of the way out, without a listener and not flowing', async (t) => {
  const outbound = loopbackOutbound();
  const proxy = await serveReplies(t, METHOD_NONE, GRANTED);
  const upstream = upstreamsOf([socks5(proxy)], outbound)('s5');
  const before = loopbackOutbound();
  const untouched = await before.connectTcp(proxy.address, proxy.port, patient);
  const listeners = (emitter: NodeJS.EventEmitter) =>
    emitter.eventNames().map((event) => [event, emitter.listenerCount(event)]);
  const stream = await upstream.connect(target, patient);
  assert.equal(stream, outbound.opened[0]);
  assert.deepEqual(listeners(stream), listeners(untouched));
  assert.notEqual(stream.readableFlowing, true);
  stream.destroy();
  untouched.destroy();
});

test('a proxy that never answers times out, named by step and target', async (t) => {
  const outbound = loopbackOutbound();
  const proxy = await serve(t, () => undefined);
  const upstream = upstreamsOf([socks5(proxy)], outbound, 50)('s5');
  const error = await failureOf(upstream.connect(target, patient));
  assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_TIMEOUT', 'timeout']);
  assert.match(error.message, /^Cannot reach example\.com:80 through s5: SOCKS5 handshake with /);
  assertClosed(outbound);
});

test('an abort destroys what is half-open', async (t) => {
  const outbound = loopbackOutbound();
  const controller = new AbortController();
  const proxy = await serve(t, (socket) => {
    socket.once('data', () => controller.abort(new Error('enough')));
  });
  const upstream = upstreamsOf([socks5(proxy)], outbound)('s5');
  const error = await failureOf(upstream.connect(target, controller.signal));
  assert.equal(error.code, 'ERR_UPSTREAM_ABORTED');
  assertClosed(outbound);
});

test('no listener stays behind on the signal', async (t) => {
  const { signal } = new AbortController();
  const good = await serveReplies(t, METHOD_NONE, GRANTED);
  (await through(good).connect(target, signal)).destroy();
  const bad = await serveReplies(t, METHOD_NONE, [5, 1]);
  await failureOf(through(bad).connect(target, signal));
  assert.deepEqual(getEventListeners(signal, 'abort'), []);
});

test('an abort after success leaves the stream alone', async (t) => {
  const controller = new AbortController();
  const proxy = await serveReplies(t, METHOD_NONE, GRANTED);
  const stream = await through(proxy).connect(target, controller.signal);
  controller.abort();
  assert.equal(stream.destroyed, false);
  stream.destroy();
});

test('nothing is opened for an attempt that was aborted before', async () => {
  const outbound = loopbackOutbound();
  const upstream = upstreamsOf([socks5({ address: '127.0.0.1', port: 9 })], outbound)('s5');
  const error = await failureOf(upstream.connect(target, AbortSignal.abort()));
  assert.equal(error.code, 'ERR_UPSTREAM_ABORTED');
  assert.equal(outbound.opened.length, 0);
});

for (const host of [`${'a'.repeat(60)}.`.repeat(5), '', 'a b', 'a\r\nb', 'a\0b', 'fe80::1%eth0']) {
  test(`the target ${JSON.stringify(host.slice(0, 20))} is refused unsent`, async () => {
    const outbound = loopbackOutbound();
    const upstream = upstreamsOf([socks5({ address: '127.0.0.1', port: 9 })], outbound)('s5');
    const error = await failureOf(upstream.connect({ host, port: 80 }, patient));
    assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_TARGET', 'refused']);
    assert.equal(outbound.opened.length, 0);
  });
}

test('asks with the bytes of RFC 1928', async (t) => {
  const asked: string[] = [];
  const proxy = await serve(t, (socket) => {
    const replies = [METHOD_NONE, GRANTED];
    socket.on('data', (bytes) => {
      asked.push(bytes.toString('hex'));
      socket.write(Buffer.from(replies.shift() ?? []));
    });
  });
  const upstream = through(proxy);
  for (const host of ['192.0.2.1', '2001:db8::1', '::ffff:192.0.2.1', 'Bücher.example.']) {
    (await upstream.connect({ host, port: 443 }, patient)).destroy();
  }
  const name = Buffer.from('xn--bcher-kva.example').toString('hex');
  assert.deepEqual(asked, [
    ...['050100', '05010001c000020101bb'],
    ...['050100', '0501000420010db800000000000000000000000101bb'],
    ...['050100', '05010001c000020101bb'],
    ...['050100', `0501000315${name}01bb`],
  ]);
});
