import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { toEndpoint } from '../../../../core/upstream/endpoint.ts';
import { parseUdpDatagram, udpHeader } from '../../../packets/socks5-udp.ts';
import type { UdpAssociation } from '../../../../core/upstream/upstream.ts';
import { startDante, startMicrosocks } from '../../../daemons/socks-servers.ts';
import {
  assertClosed,
  failureOf,
  http,
  loopbackOutbound,
  patient,
  serve,
  serveReplies,
  socks4,
  socks5,
  upstreamsOf,
} from './loopback.ts';

const METHOD_NONE = [5, 0];
const nobody = { address: '127.0.0.1', port: 9 };

function socksOf(association: UdpAssociation) {
  assert.ok(association.kind === 'socks5');
  return association;
}

test('a datagram goes to its target and back through the relay of Dante', async (t) => {
  const proxy = await startDante();
  t.after(() => proxy.stop());
  const echo = createSocket('udp4', (bytes, { port, address }) => echo.send(bytes, port, address));
  t.after(() => echo.close());
  echo.bind(0, '127.0.0.1');
  await once(echo, 'listening');
  const { relay, control } = socksOf(await upstreamsOf([socks5(proxy)])('s5').associate(patient));
  t.after(() => control.destroy());
  assert.equal(relay.address, '127.0.0.1');

  const client = createSocket('udp4');
  t.after(() => client.close());
  const target = toEndpoint({ host: '127.0.0.1', port: echo.address().port });
  assert.ok(target !== null);
  client.send(Buffer.concat([udpHeader(target), Buffer.from('hello')]), relay.port, relay.address);
  const [answer] = (await once(client, 'message')) as [Buffer];
  const datagram = parseUdpDatagram(answer);
  assert.equal(datagram?.payload.toString(), 'hello');
  assert.deepEqual(datagram.source, target);
});

test('a relay without an address is at the address of the server', async (t) => {
  const proxy = await serveReplies(t, METHOD_NONE, [5, 0, 0, 1, 0, 0, 0, 0, 0x12, 0x34]);
  const upstream = upstreamsOf([socks5(proxy)])('s5');
  const { relay, control } = socksOf(await upstream.associate(patient));
  assert.deepEqual(relay, { address: '127.0.0.1', port: 0x1234 });
  control.destroy();
});

test('a relay at :: is at the address of the server', async (t) => {
  const reply = [5, 0, 0, 4, ...Array<number>(16).fill(0), 0x12, 0x34];
  const proxy = await serveReplies(t, METHOD_NONE, reply);
  const upstream = upstreamsOf([socks5(proxy)])('s5');
  const { relay, control } = socksOf(await upstream.associate(patient));
  assert.deepEqual(relay, { address: '127.0.0.1', port: 0x1234 });
  control.destroy();
});

test('a relay at an address of its own is told as such', async (t) => {
  const reply = [5, 0, 0, 4, 0x20, 0x01, 0x0d, 0xb8, ...Array<number>(11).fill(0), 1, 0x12, 0x34];
  const proxy = await serveReplies(t, METHOD_NONE, reply);
  const upstream = upstreamsOf([socks5(proxy)])('s5');
  const { relay, control } = socksOf(await upstream.associate(patient));
  assert.deepEqual(relay, { address: '2001:db8::1', port: 0x1234 });
  control.destroy();
});

test('logs in before it asks', async (t) => {
  const asked: string[] = [];
  const replies = [
    [5, 2],
    [1, 0],
    [5, 0, 0, 1, 127, 0, 0, 1, 1, 1],
  ];
  const proxy = await serve(t, (socket) => {
    socket.on('data', (bytes) => {
      asked.push(bytes.toString('hex'));
      socket.write(Buffer.from(replies.shift() ?? []));
    });
  });
  const upstream = upstreamsOf([socks5(proxy, { username: 'al', password: 'pw' })])('s5');
  const { control } = socksOf(await upstream.associate(patient));
  control.destroy();
  assert.deepEqual(asked, ['05020002', '0102616c027077', '05030001000000000000']);
});

const FAILURES = [
  ['a relay on port 0', [METHOD_NONE, [5, 0, 0, 1, 127, 0, 0, 1, 0, 0]], 'ERR_UPSTREAM_PROTOCOL'],
  ['a relay with a name', [METHOD_NONE, [5, 0, 0, 3, 1, 0x61, 1, 1]], 'ERR_UPSTREAM_PROTOCOL'],
  [
    'an unknown address type',
    [METHOD_NONE, [5, 0, 0, 9, 1, 1, 1, 1, 1, 1]],
    'ERR_UPSTREAM_PROTOCOL',
  ],
  ['another protocol', ['HTTP/1.1 400 No\r\n\r\n'], 'ERR_UPSTREAM_PROTOCOL'],
  ['a method that was not offered', [[5, 2]], 'ERR_UPSTREAM_AUTH'],
  ['no UDP at all', [METHOD_NONE, [5, 7, 0, 1, 0, 0, 0, 0, 0, 0]], 'ERR_UPSTREAM_NO_UDP'],
  ['a prohibition', [METHOD_NONE, [5, 2, 0, 1, 0, 0, 0, 0, 0, 0]], 'ERR_UPSTREAM_NOT_ALLOWED'],
  [
    'a code without a name',
    [METHOD_NONE, [5, 99, 0, 1, 0, 0, 0, 0, 0, 0]],
    'ERR_UPSTREAM_PROTOCOL',
  ],
] as const;

for (const [what, replies, code] of FAILURES) {
  test(`${what} is ${code}`, async (t) => {
    const outbound = loopbackOutbound();
    const proxy = await serveReplies(t, ...replies);
    const error = await failureOf(upstreamsOf([socks5(proxy)], outbound)('s5').associate(patient));
    assert.equal(error.code, code);
    assertClosed(outbound);
  });
}

test('microsocks has no UDP: the datagrams are refused', async (t) => {
  const proxy = await startMicrosocks();
  t.after(() => proxy.stop());
  const error = await failureOf(upstreamsOf([socks5(proxy)])('s5').associate(patient));
  assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_NO_UDP', 'refused']);
});

test('a wrong password is told', async (t) => {
  const proxy = await startMicrosocks({ username: 'alice', password: 'right' });
  t.after(() => proxy.stop());
  const upstream = upstreamsOf([socks5(proxy, { username: 'alice', password: 'wrong' })])('s5');
  const error = await failureOf(upstream.associate(patient));
  assert.equal(error.code, 'ERR_UPSTREAM_AUTH');
});

const WITHOUT_UDP = {
  'udp: false': [socks5(nobody, { name: 'x', udp: false })],
  SOCKS4: [socks4(nobody, { name: 'x' })],
  HTTP: [http(nobody, { name: 'x' })],
  'a dialer-proxy': [socks5(nobody), socks5(nobody, { name: 'x', dialerProxy: 's5' })],
};

for (const [what, proxies] of Object.entries(WITHOUT_UDP)) {
  test(`${what} means no UDP, without a connection`, async () => {
    const outbound = loopbackOutbound();
    const error = await failureOf(upstreamsOf(proxies, outbound)('x').associate(patient));
    assert.deepEqual([error.code, error.failure], ['ERR_UPSTREAM_NO_UDP', 'refused']);
    assert.equal(outbound.opened.length, 0);
  });
}

test('the dialer-proxy DIRECT changes nothing', async (t) => {
  const proxy = await serveReplies(t, METHOD_NONE, [5, 0, 0, 1, 0, 0, 0, 0, 1, 1]);
  const upstream = upstreamsOf([socks5(proxy, { dialerProxy: 'DIRECT' })])('s5');
  socksOf(await upstream.associate(patient)).control.destroy();
});

test('a proxy that never answers times out', async (t) => {
  const outbound = loopbackOutbound();
  const proxy = await serve(t, () => undefined);
  const error = await failureOf(
    upstreamsOf([socks5(proxy)], outbound, 50)('s5').associate(patient),
  );
  assert.equal(error.code, 'ERR_UPSTREAM_TIMEOUT');
  assert.match(error.message, /^Cannot relay datagrams through s5: SOCKS5 handshake with /);
  assertClosed(outbound);
});
