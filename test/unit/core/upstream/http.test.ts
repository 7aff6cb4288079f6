import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { freePort } from '../../../daemons/daemon.ts';
import { startSquid, startTinyproxy } from '../../../daemons/http-proxies.ts';
import type { HttpProxyOptions } from '../../../daemons/http-proxies.ts';
import {
  ask,
  assertClosed,
  exchange,
  failureOf,
  http,
  listen,
  loopbackOutbound,
  patient,
  readText,
  serve,
  serveEcho,
  serveReplies,
  upstreamsOf,
} from './loopback.ts';
import type { Place } from './loopback.ts';

const target = { host: 'example.com', port: 80 };
const login = { username: 'alice', password: 'correct-horse' };
const OK = 'HTTP/1.1 200 Connection established\r\n\r\n';

const through = (place: Place, more = {}) => upstreamsOf([http(place, more)])('web');

const PROXIES = { Squid: startSquid, tinyproxy: startTinyproxy };

for (const [name, start] of Object.entries(PROXIES)) {
  const started = async (t: TestContext, options: HttpProxyOptions = {}) => {
    const daemon = await start(options);
    t.after(() => daemon.stop());
    return daemon;
  };

  test(`reaches an address through ${name}`, async (t) => {
    const echo = await serveEcho(t);
    const upstream = through(await started(t));
    const stream = await upstream.connect({ host: '127.0.0.1', port: echo.port }, patient);
    assert.equal(await ask(stream, 'hello'), 'hello');
  });

  test(`reaches an IPv6 address through ${name}`, async (t) => {
    const echo = await serveEcho(t, '::1');
    const upstream = through(await started(t));
    const stream = await upstream.connect({ host: '::1', port: echo.port }, patient);
    assert.equal(await ask(stream, 'hello'), 'hello');
  });

  test(`reaches a web server by name through ${name}, which looks it up`, async (t) => {
    const site = await listen(
      t,
      createServer((_request, response) => response.end('a page')),
    );
    const outbound = loopbackOutbound();
    const upstream = upstreamsOf([http(await started(t))], outbound)('web');
    const stream = await upstream.connect({ host: 'localhost', port: site.port }, patient);
    const request = 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
    stream.write(request);
    assert.match(await readText(stream, Infinity), /a page$/);
    assert.deepEqual(outbound.lookedUp, []);
  });

  test(`logs in to ${name}`, async (t) => {
    const echo = await serveEcho(t);
    const upstream = through(await started(t, login), login);
    const stream = await upstream.connect({ host: '127.0.0.1', port: echo.port }, patient);
    assert.equal(await ask(stream, 'hello'), 'hello');
  });

  test(`a wrong password at ${name} is the upstream failing`, async (t) => {
    const proxy = await started(t, login);
    const upstream = through(proxy, { ...login, password: 'wrong' });
    const error = await failureOf(upstream.connect({ host: '127.0.0.1', port: 9 }, patient));
    assert.equal(error.failure, 'upstream');
    assert.equal(error.code, 'ERR_UPSTREAM_AUTH');
  });

  test(`no password where ${name} wants one`, async (t) => {
    const upstream = through(await started(t, login));
    const error = await failureOf(upstream.connect({ host: '127.0.0.1', port: 9 }, patient));
    assert.equal(error.code, 'ERR_UPSTREAM_AUTH');
  });
}

test('a refused target is a refusal through Squid, which says so in a header of its own', async (t) => {
  const proxy = await startSquid();
  t.after(() => proxy.stop());
  const closed = { host: '127.0.0.1', port: await freePort() };
  const error = await failureOf(through(proxy).connect(closed, patient));
  assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_REFUSED', 'refused']);
});

test('tinyproxy does not say why it cannot connect: the upstream failed', async (t) => {
  const proxy = await startTinyproxy();
  t.after(() => proxy.stop());
  const closed = { host: '127.0.0.1', port: await freePort() };
  const error = await failureOf(through(proxy).connect(closed, patient));
  assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_FAILED', 'upstream']);
  assert.match(error.message, /the proxy says: 500 "Unable to connect"/);
});

const STATUSES = [
  ['401 Unauthorized', 'ERR_UPSTREAM_AUTH', 'upstream'],
  ['403 Forbidden', 'ERR_UPSTREAM_NOT_ALLOWED', 'refused'],
  ['404 Not Found', 'ERR_UPSTREAM_PROTOCOL', 'upstream'],
  ['405 Method Not Allowed', 'ERR_UPSTREAM_PROTOCOL', 'upstream'],
  ['407 Proxy Authentication Required', 'ERR_UPSTREAM_AUTH', 'upstream'],
  ['301 Moved', 'ERR_UPSTREAM_PROTOCOL', 'upstream'],
  ['502 Bad Gateway', 'ERR_UPSTREAM_HOST_UNREACHABLE', 'host-unreachable'],
  ['503 Service Unavailable', 'ERR_UPSTREAM_HOST_UNREACHABLE', 'host-unreachable'],
  ['504 Gateway Timeout', 'ERR_UPSTREAM_TIMEOUT', 'timeout'],
  ['599', 'ERR_UPSTREAM_FAILED', 'upstream'],
  ['502 x\r\nProxy-Status: p; error=connection_refused', 'ERR_UPSTREAM_REFUSED', 'refused'],
  [
    '502 x\r\nProxy-Status: p; error=dns_timeout',
    'ERR_UPSTREAM_HOST_UNREACHABLE',
    'host-unreachable',
  ],
  [
    '502 x\r\nX-Squid-Error: ERR_CONNECT_FAIL 101',
    'ERR_UPSTREAM_NET_UNREACHABLE',
    'net-unreachable',
  ],
  [
    '502 x\r\nX-Squid-Error: ERR_CONNECT_FAIL 999',
    'ERR_UPSTREAM_HOST_UNREACHABLE',
    'host-unreachable',
  ],
  ['502 x\r\nX-Squid-Error: toString', 'ERR_UPSTREAM_HOST_UNREACHABLE', 'host-unreachable'],
] as const;

for (const [status, code, failure] of STATUSES) {
  test(`${JSON.stringify(status)} is ${code}`, async (t) => {
    const outbound = loopbackOutbound();
    const proxy = await serveReplies(t, `HTTP/1.1 ${status}\r\n\r\n`);
    const upstream = upstreamsOf([http(proxy)], outbound)('web');
    const error = await failureOf(upstream.connect(target, patient));
    assert.deepEqual([error.code, error.failure], [code, failure]);
    assertClosed(outbound);
  });
}

const GOOD = {
  'HTTP/1.0': 'HTTP/1.0 200 OK\r\n\r\n',
  'another 2xx': 'HTTP/1.1 204 No Content\r\n\r\n',
  'no reason': 'HTTP/1.1 200\r\n\r\n',
  'lines that end without CR': 'HTTP/1.1 200 OK\nVia: x\n\n',
  'a length, which means nothing here': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n',
  'interim replies before': 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nLink: y\r\n\r\n' + OK,
  'a head of nearly 16 KiB': `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(16_000)}\r\n\r\n`,
};

for (const [what, head] of Object.entries(GOOD)) {
  test(`${what}: the tunnel is open and its first bytes are not lost`, async (t) => {
    const proxy = await serveReplies(t, `${head}220 hello\r\n`);
    const stream = await through(proxy).connect(target, patient);
    await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(await readText(stream, 11), '220 hello\r\n');
  });
}

const BAD = {
  'another protocol': '220 smtp.example ready\r\n\r\n',
  'HTTP/2': 'HTTP/2 200\r\n\r\n',
  'a status of two digits': 'HTTP/1.1 20 OK\r\n\r\n',
  'an endless head': `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(20_000)}`,
  'an endless line': 'x'.repeat(100_000),
  'interim replies without end': 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1_000),
};

for (const [what, reply] of Object.entries(BAD)) {
  test(`${what} is a protocol error`, async (t) => {
    const outbound = loopbackOutbound();
    const proxy = await serveReplies(t, reply);
    const upstream = upstreamsOf([http(proxy)], outbound)('web');
    const error = await failureOf(upstream.connect(target, patient));
    assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_PROTOCOL', 'upstream']);
    assertClosed(outbound);
  });
}

test('a head may come one byte at a time', async (t) => {
  const bytes = Buffer.from(`${OK}early`);
  const proxy = await serve(t, (socket) => {
    socket.setNoDelay(true);
    let sent = 0;
    const sendMore = (): void => {
      socket.write(bytes.subarray(sent, ++sent));
      if (sent < bytes.length) setTimeout(sendMore, 1);
    };
    socket.once('data', sendMore);
  });
  const stream = await through(proxy).connect(target, patient);
  assert.equal(await readText(stream, 5), 'early');
});

test('an end that comes with the head is not lost', async (t) => {
  const proxy = await serve(t, (socket) => socket.once('data', () => socket.end(OK)));
  const stream = await through(proxy).connect(target, patient);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(await exchange(stream, ''), '');
});

for (const [when, part] of Object.entries({ 'at once': '', 'in the head': OK.slice(0, 20) })) {
  test(`a proxy that ends ${when} is an error at once`, async (t) => {
    const outbound = loopbackOutbound();
    const proxy = await serve(t, (socket) => socket.once('data', () => socket.end(part)));
    const upstream = upstreamsOf([http(proxy)], outbound)('web');
    const error = await failureOf(upstream.connect(target, patient));
    assert.equal(error.code, 'ERR_UPSTREAM_CLOSED');
    assertClosed(outbound);
  });
}

test('a proxy that never answers times out', async (t) => {
  const outbound = loopbackOutbound();
  const proxy = await serve(t, () => undefined);
  const upstream = upstreamsOf([http(proxy)], outbound, 50)('web');
  const error = await failureOf(upstream.connect(target, patient));
  assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_TIMEOUT', 'timeout']);
  assertClosed(outbound);
});

async function requestOf(t: TestContext, more: object, host: string): Promise<string> {
  let request = '';
  const proxy = await serve(t, (socket) => {
    socket.on('data', (bytes) => {
      request += String(bytes);
      if (request.endsWith('\r\n\r\n')) socket.write(OK);
    });
  });
  (await through(proxy, more).connect({ host, port: 443 }, patient)).destroy();
  return request;
}

test('asks with the password and the headers of the configuration', async (t) => {
  const headers = { 'X-Token': 'abc' };
  assert.equal(
    await requestOf(t, { ...login, headers }, 'example.com'),
    'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com:443\r\nX-Token: abc\r\n' +
      'Proxy-Connection: keep-alive\r\n' +
      'Proxy-Authorization: Basic YWxpY2U6Y29ycmVjdC1ob3JzZQ==\r\n\r\n',
  );
});

test('headers of the configuration replace those of the same name', async (t) => {
  const headers = {
    HOST: 'front.test',
    'proxy-authorization': 'Bearer x',
    'Proxy-connection': 'y',
  };
  assert.equal(
    await requestOf(t, { ...login, headers }, 'example.com'),
    'CONNECT example.com:443 HTTP/1.1\r\nHOST: front.test\r\nproxy-authorization: Bearer x\r\n' +
      'Proxy-connection: y\r\n\r\n',
  );
});

test('an IPv6 address is asked for in brackets', async (t) => {
  assert.match(await requestOf(t, {}, '2001:DB8:0::1'), /^CONNECT \[2001:db8::1\]:443 HTTP/);
});
