import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, test } from 'node:test';
import type { Config } from '../../../../core/config/config.ts';
import { parseConfig } from '../../../../core/config/parse-config.ts';
import { Engine } from '../../../../core/engine/engine.ts';
import type { EngineParts } from '../../../../core/engine/assembly.ts';
import { createLogger } from '../../../../core/log/logger.ts';
import { EMPTY_CONTEXT } from '../../../../rules/rule-set.ts';
import { SluiceError } from '../../../../core/api/errors.ts';
import { ScriptedUpstream } from './engine-lab.ts';
import { QuietPlatform } from './quiet-platform.ts';
import { QuietResolver } from './quiet-resolver.ts';

let engine: Engine;
let platform: QuietPlatform;
afterEach(() => engine.stop());

function make(parts: Partial<EngineParts> = {}): void {
  platform = new QuietPlatform();
  engine = new Engine({
    platform,
    log: createLogger({ level: 'silent', write: () => undefined }),
    owns: async () => false,
    resolverPorts: () => [],
    owners: { find: async () => null, originOf: () => null },
    resolver: new QuietResolver(),
    sets: () => null,
    lists: { context: EMPTY_CONTEXT, proxiesOf: () => [], retry: () => undefined },
    fakeIpFile: null,
    choices: { read: async () => new Map(), write: () => undefined },
    buildUpstream: ({ name }) =>
      name === 'DIRECT' ? new ScriptedUpstream('DIRECT', 'Direct') : null,
    deviceOf: ({ tun }) => ({ kind: 'memory', mtu: tun.mtu }),
    ...parts,
  });
}

function configOf(yaml = ''): Config {
  const { config, problems } = parseConfig(`rules: ["MATCH,DIRECT"]\n${yaml}`, 'test.yaml');
  if (config === null) throw new Error(JSON.stringify(problems));
  return config;
}

test('starting opens the device, finds the uplink and raises the tunnel, in this order', async () => {
  make();
  await engine.start(configOf());
  assert.deepEqual(platform.calls, ['assertCapable', 'watchUplink', 'up']);
  assert.equal(engine.state, 'running');
  assert.equal(engine.tunnel?.address4, '198.18.0.1/30');
});

test('stopping takes the tunnel down', async () => {
  make();
  await engine.start(configOf());
  await engine.stop();
  assert.equal(platform.calls.at(-1), 'down');
  assert.equal(engine.state, 'stopped');
  assert.equal(engine.tunnel, null);
});

test('stopping twice, or before a start, does nothing', async () => {
  make();
  await engine.stop();
  await engine.start(configOf());
  await Promise.all([engine.stop(), engine.stop()]);
  assert.equal(platform.calls.filter((call) => call === 'down').length, 1);
});

test('a stop that comes while starting waits for its turn', async () => {
  make();
  const started = engine.start(configOf());
  await engine.stop();
  await started;
  assert.equal(engine.state, 'stopped');
});

test('an engine that was stopped can start again', async () => {
  make();
  await engine.start(configOf());
  await engine.stop();
  await engine.start(configOf());
  assert.equal(engine.state, 'running');
});

test('without the right to make a tunnel nothing is begun', async () => {
  make();
  platform.capable = new SluiceError('ERR_NO_PRIVILEGE', 'scripted');
  await assert.rejects(engine.start(configOf()), { code: 'ERR_NO_PRIVILEGE' });
  assert.equal(platform.calls.includes('up'), false);
  assert.equal(engine.state, 'error');
  assert.equal(engine.error?.code, 'ERR_NO_PRIVILEGE');
});

test('a tunnel that cannot be raised leaves nothing behind', async () => {
  make();
  platform.onUp = () => {
    throw new SluiceError('ERR_ROUTING', 'scripted');
  };
  await assert.rejects(engine.start(configOf()), { code: 'ERR_ROUTING' });
  assert.equal(platform.calls.at(-1), 'down');
  assert.equal(engine.state, 'error');
});

test('a device that cannot be opened is an error of the platform', async () => {
  const pcap = {
    kind: 'pcap',
    inner: { kind: 'memory', mtu: 1500 },
    path: '/no/such/folder',
  } as const;
  make({ deviceOf: () => pcap });
  await assert.rejects(engine.start(configOf()));
  assert.equal(engine.state, 'error');
  assert.equal(platform.calls.includes('up'), false);
});

test('with "tun.enable: false" nothing is captured', async () => {
  make();
  await engine.start(configOf('tun: {enable: false}'));
  assert.deepEqual(platform.calls, ['watchUplink']);
  assert.equal(engine.tunnel, null);
});

test('a new configuration is applied without touching what it does not change', async () => {
  make();
  await engine.start(configOf());
  platform.calls.length = 0;
  assert.deepEqual(await engine.apply(configOf('mode: direct')), []);
  assert.deepEqual(platform.calls, []);
  assert.equal(engine.state, 'running');
});

test('changed routes are applied while running', async () => {
  make();
  await engine.start(configOf());
  platform.calls.length = 0;
  await engine.apply(configOf('tun: {route-address: [192.0.2.0/24]}'));
  assert.deepEqual(platform.calls, ['up 192.0.2.0/24']);
});

test('routes that cannot be changed leave the earlier ones in force', async () => {
  make();
  await engine.start(configOf());
  platform.calls.length = 0;
  platform.onUp = ({ routeAddress }) => {
    if (routeAddress.length > 0) throw new SluiceError('ERR_ROUTING', 'scripted');
  };
  const wanted = configOf('tun: {route-address: [192.0.2.0/24]}');
  await assert.rejects(engine.apply(wanted), { code: 'ERR_ROUTING' });
  assert.deepEqual(platform.calls, ['up 192.0.2.0/24', 'up']);
  assert.equal(engine.state, 'running');
});

test('where the earlier routes cannot be put back either, everything is undone', async () => {
  make();
  await engine.start(configOf());
  platform.onUp = () => {
    throw new SluiceError('ERR_ROUTING', 'scripted');
  };
  const wanted = configOf('tun: {route-address: [192.0.2.0/24]}');
  await assert.rejects(engine.apply(wanted), { code: 'ERR_ROUTING' });
  assert.equal(platform.calls.at(-1), 'down');
  assert.equal(engine.state, 'error');
});

test('upstreams that cannot be built change nothing', async () => {
  make({
    buildUpstream: ({ type, name }) => {
      if (type === 'http') throw new SluiceError('ERR_UPSTREAM_CA', 'scripted');
      return name === 'DIRECT' ? new ScriptedUpstream('DIRECT', 'Direct') : null;
    },
  });
  await engine.start(configOf());
  const wanted = configOf('mode: direct\nproxies: [{name: p, type: http, server: a, port: 1}]');
  await assert.rejects(engine.apply(wanted), { code: 'ERR_UPSTREAM_CA' });
  assert.equal(engine.state, 'running');
  assert.equal(engine.policy.mode, 'rule');
});

test('what needs a restart is named', async () => {
  make();
  await engine.start(configOf());
  const wanted = configOf('tun: {mtu: 1400, device: other}\nsluice: {limits: {max-flows: 99}}');
  assert.deepEqual(await engine.apply(wanted), ['tun.device', 'tun.mtu', 'sluice.limits']);
});

test('another interface is watched from then on', async () => {
  make();
  await engine.start(configOf());
  await engine.apply(configOf('interface-name: eth7'));
  assert.equal(platform.calls.at(-1), 'watchUplink eth7');
});

test('nothing is applied before a start or after a stop', async () => {
  make();
  await assert.rejects(engine.apply(configOf()), { code: 'ERR_ENGINE_STATE' });
  await engine.start(configOf());
  await engine.stop();
  await assert.rejects(engine.apply(configOf()), { code: 'ERR_ENGINE_STATE' });
});

test('changes that come at once are made one after the other', async () => {
  make();
  await engine.start(configOf());
  await Promise.all([engine.apply(configOf('mode: direct')), engine.apply(configOf('mode: rule'))]);
  assert.equal(engine.state, 'running');
});

test('own lookups are forgotten when the uplink changes', async () => {
  const resolver = new QuietResolver();
  make({ resolver });
  await engine.start(configOf());
  const flushes = (): number => resolver.calls.filter((call) => call === 'flush').length;
  const before = flushes();
  platform.moveUplink(null);
  assert.equal(flushes(), before + 1);
});

test('queries are answered while dns.enable is set, and the resolver follows the file', async () => {
  const resolver = new QuietResolver();
  make({ resolver });
  await engine.start(configOf());
  const mode = (): string | undefined => engine.dns?.totals().mode;
  const { dns } = engine;
  assert.equal(mode(), 'fake-ip');
  await engine.apply(configOf('dns: {enhanced-mode: redir-host}'));
  assert.equal(engine.dns, dns, 'the same one, with what it knows');
  assert.equal(mode(), 'redir-host');
  await engine.apply(configOf('dns: {enable: false}'));
  assert.equal(engine.dns, null);
  await engine.apply(configOf());
  assert.equal(mode(), 'fake-ip');
  assert.deepEqual(resolver.calls.filter((call) => call === 'apply').length, 3);
});

test('while nothing is captured no address is made up, whatever is applied meanwhile', async () => {
  make();
  await engine.start(configOf());
  const mode = (): string | undefined => engine.dns?.totals().mode;
  await engine.setCapture(false);
  assert.equal(mode(), 'redir-host');
  await engine.apply(configOf('mode: direct'));
  assert.equal(mode(), 'redir-host');
  await engine.setCapture(true);
  assert.equal(mode(), 'fake-ip');
});

test('a dns.listen that cannot be opened changes nothing', async () => {
  make();
  await engine.start(configOf());
  const taken = createSocket('udp4').bind(0, '127.0.0.1');
  await once(taken, 'listening');
  const listen = `127.0.0.1:${taken.address().port}`;
  await assert.rejects(engine.apply(configOf(`dns: {listen: "${listen}"}\nmode: direct`)), {
    code: 'ERR_DNS_LISTEN',
  });
  taken.close();
  assert.equal(engine.state, 'running');
  assert.equal(engine.policy.mode, 'rule');
});
