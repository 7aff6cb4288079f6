/** What is wrong by facts that cost next to nothing. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import type { CheckResult, HealthNote } from '../../../../core/api/doctor.ts';
import { parseConfig } from '../../../../core/config/parse-config.ts';
import { HealthWatch } from '../../../../core/doctor/health-watch.ts';
import type { HealthFacts } from '../../../../core/doctor/health-watch.ts';
import type { Inspector, Machine, SystemResolver } from '../../../../core/platform/inspector.ts';

const UPLINK = {
  ...{ device4: 'eth0', address4: '192.0.2.2', gateway4: '192.0.2.1' },
  ...{ device6: 'eth0', address6: '2001:db8::2', gateway6: 'fe80::1' },
};
const MACHINE: Machine = {
  uplink: UPLINK,
  interfaces: [{ name: 'eth0', up: true, mtu: 1500, addresses: ['192.0.2.2/24'], zone: null }],
  halves: [],
  hasIpv6: true,
  isWsl: false,
};
const OURS: SystemResolver = { servers: ['198.18.0.2'], isOurs: true, resolved: false };
const TUNNEL = {
  ...{ device: 'sluice0', address4: '198.18.0.1/30', address6: '' },
  ...{ changes: [], notices: [] },
};

/** A machine on which all is well, but for these. */
class Sight {
  machine: Machine = MACHINE;
  resolver: SystemResolver = OURS;
  looks = 0;
  now = 0;
  readonly watch: HealthWatch;

  constructor() {
    const inspector: Pick<Inspector, 'look' | 'resolver'> = {
      look: async () => {
        this.looks += 1;
        return this.machine;
      },
      resolver: async () => this.resolver,
    };
    this.watch = new HealthWatch(inspector as Inspector, () => this.now);
  }

  /** What is told once the machine was looked at. */
  async notes(facts: HealthFacts): Promise<HealthNote[]> {
    this.watch.notes(facts);
    await new Promise((resolve) => setImmediate(resolve));
    return this.watch.notes(facts);
  }
}

function factsOf(yaml = '', changes: Partial<HealthFacts['status']> = {}): HealthFacts {
  const { config } = parseConfig(
    `dns: {enable: true}\n${yaml}\nrules:\n  - MATCH,DIRECT\n`,
    'test',
  );
  if (config === null) throw new Error('the configuration of the test is wrong');
  const loaded = { loadedAt: '', rules: 1, proxies: 0, warnings: 0, path: null };
  return {
    status: {
      error: null,
      uplink: UPLINK,
      breaker: { refused: 0 },
      config: { ...loaded, rejected: null, restartNeeded: [] },
      tun: { device: 'sluice0', mtu: config.tun.mtu, offload: true, changes: [] },
      ...changes,
    },
    tunnel: TUNNEL,
    config,
    leftovers: { undone: [], notices: [], warnings: [] },
    lastTest: null,
  };
}

const codes = (notes: readonly HealthNote[]): string[] => notes.map(({ text }) => text.code);

test('where all is well nothing is told', async () => {
  assert.deepEqual(await new Sight().notes(factsOf()), []);
});

describe('what the status says', () => {
  const rejected = { code: 'ERR_CONFIG', message: 'line 3', at: '2026-01-01T00:00:00Z' };
  const cases: Record<string, Partial<HealthFacts['status']>> = {
    'note.error': { error: { code: 'ERR_TUN_LOST', message: 'gone' } },
    'note.noUplink': { uplink: null },
    'note.loop': { breaker: { refused: 3 } },
    'note.rejected': { config: { ...factsOf().status.config, rejected } },
    'note.restart': { config: { ...factsOf().status.config, restartNeeded: ['tun.mtu'] } },
  };
  for (const [code, change] of Object.entries(cases)) {
    test(code, async () => {
      assert.deepEqual(codes(await new Sight().notes(factsOf('', change))), [code]);
    });
  }

  test('what an earlier run left', async () => {
    const leftovers = { undone: [], notices: [], warnings: ['a rule'] };
    assert.deepEqual(codes(await new Sight().notes({ ...factsOf(), leftovers })), [
      'note.leftovers',
    ]);
  });

  test('a self test that failed leads to itself', async () => {
    const result: CheckResult = {
      check: 'dns',
      verdict: 'failed',
      summary: { code: 'doctor.dns.leak', values: {} },
      details: [],
      fix: null,
      milliseconds: 1,
    };
    const lastTest = { time: '2026-01-01T00:00:00Z', results: [result] };
    const [note] = await new Sight().notes({ ...factsOf(), lastTest });
    assert.deepEqual([note?.text.code, note?.action], ['note.selfTest', { kind: 'selfTest' }]);
  });
});

describe('what the machine shows', () => {
  test('names are asked of somebody else: to be taken back', async () => {
    const sight = new Sight();
    sight.resolver = { servers: ['9.9.9.9'], isOurs: false, resolved: false };
    const [note] = await sight.notes(factsOf());
    assert.deepEqual([note?.text.code, note?.action], ['note.dns', { kind: 'recapture' }]);
  });

  test('the same where the configuration leaves the resolver alone: by the setting', async () => {
    const sight = new Sight();
    sight.resolver = { servers: ['9.9.9.9'], isOurs: false, resolved: false };
    const [note] = await sight.notes(factsOf('sluice: {system-dns: false}'));
    const action = { kind: 'set', path: 'sluice.system-dns', value: true };
    assert.deepEqual(note?.action, action);
  });

  test('systemd-resolved is asked, which asks us', async () => {
    const sight = new Sight();
    sight.resolver = { servers: ['127.0.0.53'], isOurs: false, resolved: true };
    assert.deepEqual(await sight.notes(factsOf()), []);
  });

  test('IPv6 that has a way out, and is not captured', async () => {
    const facts = factsOf('tun: {enable: true, route-address: [0.0.0.0/1, 128.0.0.0/1]}');
    assert.deepEqual(codes(await new Sight().notes(facts)), ['note.ipv6']);
    const none = new Sight();
    none.machine = { ...MACHINE, uplink: { ...UPLINK, device6: '', address6: '' } };
    assert.deepEqual(await none.notes(facts), []);
  });

  test('another VPN that goes first', async () => {
    const sight = new Sight();
    sight.machine = { ...MACHINE, halves: [{ prefix: '0.0.0.0/1', device: 'wg0' }] };
    assert.deepEqual(codes(await sight.notes(factsOf())), ['note.vpn']);
  });

  test('guests with smaller packets: the tunnel is to be as small', async () => {
    const sight = new Sight();
    const bridge = { name: 'docker0', up: true, addresses: ['172.17.0.1/16'] };
    sight.machine = { ...MACHINE, interfaces: [{ ...bridge, mtu: 1450, zone: 'container' }] };
    const [note] = await sight.notes(factsOf());
    assert.deepEqual(note?.text, {
      code: 'note.mtu',
      values: { mtu: 1500, device: 'docker0', smallest: 1450 },
    });
    assert.deepEqual(note?.action, { kind: 'set', path: 'tun.mtu', value: 1450 });
  });

  test('a tunnel with larger packets than WSL has', async () => {
    const sight = new Sight();
    sight.machine = { ...MACHINE, isWsl: true };
    const facts = factsOf('tun: {enable: true, mtu: 9000}');
    assert.deepEqual(codes(await sight.notes(facts)), ['note.wslMtu']);
    assert.deepEqual(await sight.notes(factsOf()), []);
  });

  test('while nothing is captured it is not looked at', async () => {
    const sight = new Sight();
    sight.resolver = { servers: ['9.9.9.9'], isOurs: false, resolved: false };
    assert.deepEqual(await sight.notes({ ...factsOf(), tunnel: null }), []);
    assert.equal(sight.looks, 0);
  });
});

test('however often one asks, the machine is looked at now and then', async () => {
  const sight = new Sight();
  for (let second = 0; second < 60; second += 1) {
    sight.now = second * 1000;
    await sight.notes(factsOf());
  }
  assert.equal(sight.looks, 2);
});

test('after a new tunnel nothing is told of the time before', async () => {
  const sight = new Sight();
  sight.resolver = { servers: ['9.9.9.9'], isOurs: false, resolved: false };
  assert.equal((await sight.notes(factsOf())).length, 1);
  sight.resolver = OURS;
  assert.deepEqual(await sight.notes({ ...factsOf(), tunnel: { ...TUNNEL } }), []);
});
