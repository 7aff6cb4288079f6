import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { freePort } from '../../../daemons/daemon.ts';
import { startDante } from '../../../daemons/socks-servers.ts';
import {
  assertClosed,
  exchange,
  failureOf,
  loopbackOutbound,
  patient,
  readText,
  serve,
  serveEcho,
  serveReplies,
  socks4,
  upstreamsOf,
} from './loopback.ts';
import type { Place } from './loopback.ts';

const GRANTED = [0, 90, 0, 0, 0, 0, 0, 0];
const target = { host: 'example.com', port: 80 };

async function dante(t: TestContext) {
  const daemon = await startDante();
  t.after(() => daemon.stop());
  return daemon;
}

/** A server of our own: Dante 1.4.2 takes the 0.0.0.1 of a 4a request for an address. */
function serveSocks4a(t: TestContext): Promise<Place> {
  return serve(t, (client) => {
    client.once('data', (request) => {
      const name = request.subarray(request.indexOf(0, 8) + 1, -1).toString();
      const options = { host: name, port: request.readUInt16BE(2), allowHalfOpen: true };
      const remote = connect({ ...options, family: 4 }, () => {
        client.write(Buffer.from(GRANTED));
        client.pipe(remote).pipe(client);
      });
    });
  });
}

test('reaches an IPv4 address through Dante, half-close included', async (t) => {
  const echo = await serveEcho(t);
  const upstream = upstreamsOf([socks4(await dante(t))])('s4');
  const stream = await upstream.connect({ host: '127.0.0.1', port: echo.port }, patient);
  assert.equal(await exchange(stream, 'hello'), 'hello');
});

test('4a leaves the look-up of a name to the proxy', async (t) => {
  const outbound = loopbackOutbound();
  const upstream = upstreamsOf([socks4(await serveSocks4a(t))], outbound)('s4');
  const echo = await serveEcho(t);
  const stream = await upstream.connect({ host: 'localhost', port: echo.port }, patient);
  assert.equal(await exchange(stream, 'hello'), 'hello');
  assert.deepEqual(outbound.lookedUp, []);
});

test('plain 4 looks a name up here and takes its IPv4 address', async (t) => {
  const echo = await serveEcho(t);
  const outbound = loopbackOutbound({ 'site.test': ['::1', '127.0.0.1'] });
  const upstream = upstreamsOf([socks4(await dante(t), { version: '4' })], outbound)('s4');
  const stream = await upstream.connect({ host: 'site.test', port: echo.port }, patient);
  assert.equal(await exchange(stream, 'hello'), 'hello');
  assert.deepEqual(outbound.lookedUp, ['site.test']);
});

test('plain 4 cannot reach a name that has IPv6 only, and says so', async () => {
  const outbound = loopbackOutbound({ 'site.test': ['::1'] });
  const proxy = socks4({ address: '127.0.0.1', port: 9 }, { version: '4' });
  const upstream = upstreamsOf([proxy], outbound)('s4');
  const error = await failureOf(upstream.connect({ host: 'site.test', port: 80 }, patient));
  assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_NO_IPV6', 'net-unreachable']);
  assert.equal(outbound.opened.length, 0);
});

test('plain 4 passes on that a name does not exist', async () => {
  const proxy = socks4({ address: '127.0.0.1', port: 9 }, { version: '4' });
  const error = await failureOf(upstreamsOf([proxy])('s4').connect(target, patient));
  assert.equal(error.failure, 'host-unreachable');
  assert.match(error.message, /looking up example\.com: example\.com does not exist\./);
});

for (const version of ['4', '4a'] as const) {
  test(`${version} cannot reach an IPv6 address, and says so without a connection`, async () => {
    const outbound = loopbackOutbound();
    const proxy = socks4({ address: '127.0.0.1', port: 9 }, { version });
    const upstream = upstreamsOf([proxy], outbound)('s4');
    const error = await failureOf(upstream.connect({ host: '::1', port: 80 }, patient));
    assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_NO_IPV6', 'net-unreachable']);
    assert.equal(outbound.opened.length, 0);
  });
}

test('asks with the bytes of the SOCKS4 and 4a documents', async (t) => {
  const asked: string[] = [];
  const proxy = await serve(t, (socket) => {
    socket.on('data', (bytes) => {
      asked.push(bytes.toString('hex'));
      socket.write(Buffer.from(GRANTED));
    });
  });
  const upstream = upstreamsOf([socks4(proxy, { username: 'bob' })])('s4');
  for (const host of ['192.0.2.1', 'example.com']) {
    (await upstream.connect({ host, port: 443 }, patient)).destroy();
  }
  const name = Buffer.from('example.com').toString('hex');
  assert.deepEqual(asked, ['040101bbc0000201626f6200', `040101bb00000001626f6200${name}00`]);
});

test('a refused target is a refusal', async (t) => {
  const upstream = upstreamsOf([socks4(await dante(t))])('s4');
  const closed = { host: '127.0.0.1', port: await freePort() };
  const error = await failureOf(upstream.connect(closed, patient));
  assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_REFUSED', 'refused']);
});

const REPLIES = [
  ['a rejection', [0, 91, 0, 0, 0, 0, 0, 0], 'ERR_UPSTREAM_REFUSED', 'refused'],
  ['no identd', [0, 92, 0, 0, 0, 0, 0, 0], 'ERR_UPSTREAM_AUTH', 'upstream'],
  ['another user', [0, 93, 0, 0, 0, 0, 0, 0], 'ERR_UPSTREAM_AUTH', 'upstream'],
  ['an unknown code', [0, 7, 0, 0, 0, 0, 0, 0], 'ERR_UPSTREAM_PROTOCOL', 'upstream'],
  ['a version that is not 0', [4, 90, 0, 0, 0, 0, 0, 0], 'ERR_UPSTREAM_PROTOCOL', 'upstream'],
  ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'ERR_UPSTREAM_PROTOCOL', 'upstream'],
] as const;

for (const [what, reply, code, failure] of REPLIES) {
  test(`${what} is ${code}`, async (t) => {
    const outbound = loopbackOutbound();
    const proxy = await serveReplies(t, reply);
    const upstream = upstreamsOf([socks4(proxy)], outbound)('s4');
    const error = await failureOf(upstream.connect(target, patient));
    assert.deepEqual([error.code, error.failure], [code, failure]);
    assertClosed(outbound);
  });
}

test('a proxy that ends in the middle of the reply is an error at once', async (t) => {
  const proxy = await serve(t, (socket) => {
    socket.once('data', () => socket.end(Buffer.from([0, 90, 0])));
  });
  const error = await failureOf(upstreamsOf([socks4(proxy)])('s4').connect(target, patient));
  assert.equal(error.code, 'ERR_UPSTREAM_CLOSED');
});

test('bytes of the target that come with the reply are not lost', async (t) => {
  const proxy = await serveReplies(t, [...GRANTED, ...Buffer.from('220 hello\r\n')]);
  const stream = await upstreamsOf([socks4(proxy)])('s4').connect(target, patient);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await readText(stream, 11), '220 hello\r\n');
});
