import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { TestContext } from 'node:test';
import { createServer } from 'node:tls';
import { SluiceError } from '../../../../core/api/errors.ts';
import { startTinyproxy } from '../../../daemons/http-proxies.ts';
import { startDante, startMicrosocks } from '../../../daemons/socks-servers.ts';
import { makeCertificates } from '../../../lab/certificates.ts';
import {
  ask,
  assertClosed,
  exchange,
  failureOf,
  http,
  listen,
  loopbackOutbound,
  opaqueOutbound,
  patient,
  serve,
  serveEcho,
  socks4,
  socks5,
  tlsDefaults,
  upstreamsOf,
} from './loopback.ts';
import type { Place } from './loopback.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'sluice-tls-test-'));
after(() => rmSync(folder, { recursive: true }));
const files = makeCertificates(folder, ['proxy.test']);
const caText = readFileSync(files.ca, 'utf8');
const certificate = readFileSync(files.cert);
const fingerprint = new X509Certificate(certificate).fingerprint256
  .replaceAll(':', '')
  .toLowerCase();
const trusting = { ...tlsDefaults, caText, sni: 'proxy.test' };

/** TLS in front of a proxy that has none. */
async function serveTls(t: TestContext, behind: Place) {
  const names: unknown[] = [];
  const options = { key: readFileSync(files.key), cert: certificate, allowHalfOpen: true };
  const server = createServer(options, (socket) => {
    names.push(socket.servername);
    const plain = connect({ host: behind.address, port: behind.port, allowHalfOpen: true });
    plain.on('error', () => socket.destroy());
    socket.on('error', () => plain.destroy());
    socket.pipe(plain).pipe(socket);
  });
  return { ...(await listen(t, server)), names };
}

async function microsocksOverTls(t: TestContext) {
  const proxy = await startMicrosocks();
  t.after(() => proxy.stop());
  return serveTls(t, proxy);
}

const OUTBOUNDS = { sockets: loopbackOutbound, 'streams that are no sockets': opaqueOutbound };

for (const [over, open] of Object.entries(OUTBOUNDS)) {
  test(`SOCKS5 over TLS over ${over}, the CA from the configuration`, async (t) => {
    const echo = await serveEcho(t);
    const outbound = open();
    const proxy = await microsocksOverTls(t);
    const upstream = upstreamsOf([socks5(proxy, { tls: trusting })], outbound)('s5');
    const stream = await upstream.connect({ host: '127.0.0.1', port: echo.port }, patient);
    assert.equal(await ask(stream, 'hello'), 'hello');
    assert.deepEqual(proxy.names, ['proxy.test']);
    // Whoever has the stream destroys what is under it, too.
    await new Promise((resolve) => setImmediate(resolve));
    assertClosed(outbound);
  });
}

for (const [over, outbound] of Object.entries(OUTBOUNDS)) {
  test(`SOCKS4 over TLS over ${over}, with half-close`, async (t) => {
    const echo = await serveEcho(t);
    const dante = await startDante();
    t.after(() => dante.stop());
    const proxy = await serveTls(t, dante);
    const upstream = upstreamsOf([socks4(proxy, { tls: trusting })], outbound())('s4');
    const stream = await upstream.connect({ host: '127.0.0.1', port: echo.port }, patient);
    const text = 'x'.repeat(300_000);
    assert.equal(await exchange(stream, text), text);
  });
}

test('HTTP over TLS, the CA from a file', async (t) => {
  const echo = await serveEcho(t);
  const tinyproxy = await startTinyproxy();
  t.after(() => tinyproxy.stop());
  const proxy = await serveTls(t, tinyproxy);
  const tls = { ...tlsDefaults, caFile: files.ca, sni: 'proxy.test' };
  const upstream = upstreamsOf([http(proxy, { tls })])('web');
  const stream = await upstream.connect({ host: '127.0.0.1', port: echo.port }, patient);
  assert.equal(await ask(stream, 'hello'), 'hello');
});

test("without sni the server's name is sent and verified", async (t) => {
  const echo = await serveEcho(t);
  const proxy = await microsocksOverTls(t);
  const outbound = loopbackOutbound({ 'proxy.test': ['127.0.0.1'] });
  const config = socks5(proxy, { server: 'proxy.test', tls: { ...tlsDefaults, caText } });
  const upstream = upstreamsOf([config], outbound)('s5');
  const stream = await upstream.connect({ host: '127.0.0.1', port: echo.port }, patient);
  assert.equal(await ask(stream, 'hello'), 'hello');
  assert.deepEqual(proxy.names, ['proxy.test']);
});

test('over a proxy that is reached through another one', async (t) => {
  const echo = await serveEcho(t);
  const proxy = await microsocksOverTls(t);
  const plain = await startMicrosocks();
  t.after(() => plain.stop());
  const upstream = upstreamsOf([
    socks5(plain, { name: 'outer' }),
    socks5(proxy, { tls: trusting, dialerProxy: 'outer' }),
  ])('s5');
  const stream = await upstream.connect({ host: '127.0.0.1', port: echo.port }, patient);
  assert.equal(await ask(stream, 'hello'), 'hello');
});

test('TLS inside TLS', async (t) => {
  const echo = await serveEcho(t);
  const upstream = upstreamsOf([
    socks5(await microsocksOverTls(t), { name: 'outer', tls: trusting }),
    socks5(await microsocksOverTls(t), { tls: trusting, dialerProxy: 'outer' }),
  ])('s5');
  const stream = await upstream.connect({ host: '127.0.0.1', port: echo.port }, patient);
  assert.equal(await ask(stream, 'hello'), 'hello');
});

test('the fingerprint of the certificate replaces all other verification', async (t) => {
  const echo = await serveEcho(t);
  const proxy = await microsocksOverTls(t);
  const upstream = upstreamsOf([socks5(proxy, { tls: { ...tlsDefaults, fingerprint } })])('s5');
  const stream = await upstream.connect({ host: '127.0.0.1', port: echo.port }, patient);
  assert.equal(await ask(stream, 'hello'), 'hello');
});

test('skip-cert-verify accepts anyone', async (t) => {
  const echo = await serveEcho(t);
  const proxy = await microsocksOverTls(t);
  const tls = { ...tlsDefaults, skipCertVerify: true };
  const upstream = upstreamsOf([socks5(proxy, { tls })])('s5');
  const stream = await upstream.connect({ host: '127.0.0.1', port: echo.port }, patient);
  assert.equal(await ask(stream, 'hello'), 'hello');
});

const DISTRUST = {
  'a CA that is not well-known': tlsDefaults,
  'another name': { ...tlsDefaults, caText, sni: 'other.test' },
  'an address that is not in it': { ...tlsDefaults, caText },
  'another fingerprint, even with the right CA': { ...trusting, fingerprint: '0'.repeat(64) },
  'another fingerprint, even with skip-cert-verify': {
    ...trusting,
    skipCertVerify: true,
    fingerprint: '0'.repeat(64),
  },
};

for (const [over, open] of Object.entries(OUTBOUNDS)) {
  for (const [what, tls] of Object.entries(DISTRUST)) {
    test(`${what} is not trusted over ${over}, and the password is not sent`, async (t) => {
      const outbound = open();
      let received = 0;
      const behind = await serve(t, (socket) =>
        socket.on('data', ({ length }) => (received += length)),
      );
      const proxy = await serveTls(t, behind);
      const upstream = upstreamsOf(
        [socks5(proxy, { tls, username: 'a', password: 'b' })],
        outbound,
      );
      const error = await failureOf(upstream('s5').connect({ host: 'x.test', port: 1 }, patient));
      assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_TLS', 'upstream']);
      assert.match(error.message, /TLS handshake with 127\.0\.0\.1:\d+: .*(trusted|fingerprint)/);
      assertClosed(outbound);
      assert.equal(received, 0);
    });
  }

  test(`a proxy without TLS is told from one that is not trusted, over ${over}`, async (t) => {
    const outbound = open();
    const proxy = await serve(t, (socket) =>
      socket.once('data', () => socket.write('HTTP/1.1 400\r\n\r\n')),
    );
    const upstream = upstreamsOf([http(proxy, { tls: trusting })], outbound)('web');
    const error = await failureOf(upstream.connect({ host: 'x.test', port: 1 }, patient));
    assert.equal(error.code, 'ERR_UPSTREAM_TLS');
    assert.match(error.message, /Check that the proxy speaks TLS on this port/);
    assertClosed(outbound);
  });

  test(`a proxy that ends during the TLS handshake is an error at once, over ${over}`, async (t) => {
    const outbound = open();
    const proxy = await serve(t, (socket) => socket.once('data', () => socket.end()));
    const upstream = upstreamsOf([http(proxy, { tls: trusting })], outbound)('web');
    const error = await failureOf(upstream.connect({ host: 'x.test', port: 1 }, patient));
    assert.equal(error.code, 'ERR_UPSTREAM_TLS');
    assertClosed(outbound);
  });

  test(`a TLS handshake that never ends times out, over ${over}`, async (t) => {
    const outbound = open();
    const proxy = await serve(t, () => undefined);
    const upstream = upstreamsOf([http(proxy, { tls: trusting })], outbound, 80)('web');
    const error = await failureOf(upstream.connect({ host: 'x.test', port: 1 }, patient));
    assert.equal(error.code, 'ERR_UPSTREAM_TIMEOUT');
    assert.match(error.message, /TLS handshake with /);
    assertClosed(outbound);
  });
}

const nothing = path.join(folder, 'nothing.pem');
const garbage = path.join(folder, 'garbage.pem');
writeFileSync(garbage, 'garbage');

for (const [what, tls] of Object.entries({
  'that is not there': { ...tlsDefaults, caFile: nothing },
  'that is no certificate': { ...tlsDefaults, caFile: garbage },
  'in the text that is no certificate': { ...tlsDefaults, caText: 'garbage' },
})) {
  test(`a CA ${what} is an error when the upstreams are built`, () => {
    const config = socks5({ address: '127.0.0.1', port: 9 }, { tls });
    assert.throws(
      () => upstreamsOf([config]),
      (error) => error instanceof SluiceError && error.code === 'ERR_TLS_CA',
    );
  });
}
