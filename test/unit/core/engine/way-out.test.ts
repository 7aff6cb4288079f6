/** How our own resolver reaches others. */
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { afterEach, test } from 'node:test';
import type { NameserverVia } from '../../../../core/config/dns-config.ts';
import type { ResolverTarget, WayOut } from '../../../../core/dns/way-out.ts';
import { EngineWayOut } from '../../../../core/engine/way-out.ts';
import { EngineLab } from './engine-lab.ts';

let lab: EngineLab;
afterEach(() => lab.close());

const signal = AbortSignal.timeout(5_000);
const handlers = { onMessage: () => undefined, onError: () => undefined };

/** What was done directly, in a word each. */
const directly: string[] = [];
const direct: WayOut = {
  connect: async ({ via, host }) => {
    directly.push(`stream to ${host} via ${JSON.stringify(via)}`);
    return new PassThrough();
  },
  openUdp: async ({ host }) => {
    directly.push(`datagrams to ${host}`);
    return { send: () => undefined, close: () => undefined };
  },
};

function open(...rules: string[]): EngineWayOut {
  directly.length = 0;
  lab = new EngineLab(rules);
  lab.proxy.onConnect(async () => new PassThrough());
  return new EngineWayOut(
    direct,
    () => lab.policy,
    (address) => address.startsWith('127.'),
  );
}

function resolver(via: NameserverVia, host = '192.0.2.53'): ResolverTarget {
  return { host, port: 53, via, interfaceName: '', addresses: async () => ['192.0.2.99'] };
}

test('without a way: past the tunnel, whatever the rules say', async () => {
  const way = open('MATCH,proxy');
  await way.connect(resolver(null), signal);
  await way.openUdp(resolver(null), handlers, signal);
  assert.deepEqual(directly, ['stream to 192.0.2.53 via null', 'datagrams to 192.0.2.53']);
});

test('through a proxy: its name is the proxy’s to look up, and there are no datagrams', async () => {
  const way = open('MATCH,DIRECT');
  await way.connect(resolver({ proxy: 'proxy' }, 'dns.example'), signal);
  assert.deepEqual(lab.proxy.asked, [{ host: 'dns.example', port: 53 }]);
  assert.equal(await way.openUdp(resolver({ proxy: 'proxy' }), handlers, signal), null);
  await way.connect(resolver({ proxy: 'DIRECT' }), signal);
  assert.deepEqual(directly, ['stream to 192.0.2.53 via null']);
});

test('as the rules say, by name, by address, and by the address of the name', async () => {
  const way = open(
    'DOMAIN,named.example,proxy',
    'IP-CIDR,192.0.2.99/32,DIRECT',
    'IP-CIDR,198.51.100.0/24,proxy',
    'MATCH,REJECT',
  );
  await way.connect(resolver('rules', 'named.example'), signal);
  assert.deepEqual(lab.proxy.asked, [{ host: 'named.example', port: 53 }]);
  assert.notEqual(await way.openUdp(resolver('rules', 'other.example'), handlers, signal), null);
  assert.deepEqual(directly, ['datagrams to other.example']);
  assert.equal(await way.openUdp(resolver('rules', '198.51.100.1'), handlers, signal), null);
});

test('a way that refuses is an error that says so', async () => {
  const way = open('MATCH,REJECT');
  for (const via of ['rules', { proxy: 'REJECT' }, { proxy: 'nobody' }] as const) {
    await assert.rejects(way.connect(resolver(via), signal), { code: 'ERR_DNS_WAY' });
    await assert.rejects(way.openUdp(resolver(via), handlers, signal), { code: 'ERR_DNS_WAY' });
  }
});

test('remembers that it has asked a resolver on this machine', async () => {
  const way = open('MATCH,proxy');
  await way.openUdp(resolver(null), handlers, signal);
  await way.connect(resolver({ proxy: 'proxy' }, '127.0.0.1'), signal);
  assert.deepEqual(way.portsHere, []);
  await way.openUdp(resolver(null, '127.0.0.1'), handlers, signal);
  assert.deepEqual(way.portsHere, [53]);
});
