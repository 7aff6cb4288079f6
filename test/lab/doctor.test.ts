/** The self test: all is well on a machine that is, and what is broken is found, with what to do about it. */
import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import type { CheckName, CheckResult } from '../../core/api/doctor.ts';
import { endpoints } from '../../core/api/endpoints.ts';
import type { FlowInfo } from '../../core/api/flows.ts';
import { ports, proxies, resolver, uplink } from './addresses.ts';
import { Lab } from './lab.ts';
import type { Instance } from './sluice.ts';

const DNS = `dns: {enable: true, enhanced-mode: fake-ip, nameserver: [${resolver.v4}]}`;

/** Everything goes by one group, whose member the tests choose. */
const CONFIG = [
  DNS,
  'proxies:',
  `  - {name: dante, type: socks5, server: ${proxies.dante}, port: 1080, udp: true}`,
  `  - {name: microsocks, type: socks5, server: ${proxies.microsocks}, port: 1080, udp: true}`,
  `  - {name: squid, type: http, server: ${proxies.squid}, port: 3128}`,
  `  - {name: nobody, type: socks5, server: ${proxies.dante}, port: ${ports.closed}, udp: true}`,
  `  - {name: stranger, type: socks5, server: ${proxies.microsocks}, port: 1081, username: a, password: b}`,
  'proxy-groups:',
  `  - {name: way, type: select, url: http://site.test/small, proxies: [dante, microsocks, squid, nobody, stranger, DIRECT]}`,
  'rules:',
  '  - MATCH,way',
  '',
].join('\n');

type Found = ReadonlyMap<CheckName, CheckResult>;

async function examine(sluice: Instance, ...checks: CheckName[]): Promise<Found> {
  const body = checks.length === 0 ? {} : { checks };
  const found = new Map<CheckName, CheckResult>();
  for await (const step of sluice.client.stream(endpoints.doctor, { body })) {
    if (step.kind === 'end') found.set(step.result.check, step.result);
  }
  return found;
}

/** Of one check: its verdict, what it says, and what is to be done. */
async function examineOne(sluice: Instance, check: CheckName): Promise<readonly (string | null)[]> {
  const { verdict, summary, fix } = (await examine(sluice, check)).get(check)!;
  return [verdict, summary.code, fix?.text.code ?? null];
}

function verdicts(found: Found): string[] {
  return [...found].map(([name, { verdict }]) => `${name} ${verdict}`);
}

const WELL = [
  'uplink ok',
  'capture ok',
  'dns ok',
  'ipv6 ok',
  'upstream ok',
  'udp ok',
  'mtu ok',
  'loop ok',
  'guests ok',
  'config ok',
  'cleanup ok',
];

describe('the self test', () => {
  let lab: Lab;
  let sluice: Instance;

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    sluice = await lab.startSluice(CONFIG);
  });
  after(async () => {
    await sluice.stop();
    lab.stop();
  });

  /** `ip ARGS` in `home` before the tests of a block, and undone after them. */
  function withIp(make: string, undo: string): void {
    before(() => lab.output('home', 'ip', make.split(' ')));
    after(() => lab.output('home', 'ip', undo.split(' ')));
  }

  const choose = (name: string): Promise<void> =>
    sluice.client.call(endpoints.chooseProxy, { params: { name: 'way' }, body: { name } });

  test('all is well', async () => {
    assert.deepEqual(verdicts(await examine(sluice)), WELL);
  });

  test('nothing leaves but what belongs to it', async () => {
    const allowed4 = [proxies.dante, uplink.net4, '192.0.0.8'].join(', ');
    const rules = [
      `oifname "${uplink.device}" ip daddr != { ${allowed4} } counter`,
      // Neighbour discovery stays on the link.
      `oifname "${uplink.device}" ip6 daddr != { ${uplink.net6}, fe80::/10, ff00::/8 } counter`,
    ];
    const table = `table inet strays { chain out { type filter hook output priority 0; ${rules.join('; ')}; }; }`;
    await lab.output('home', 'nft', ['-f', '-'], { input: table });
    assert.deepEqual(verdicts(await examine(sluice)), WELL);
    const counted = await lab.output('home', 'nft', ['list', 'table', 'inet', 'strays']);
    const packets = [...counted.matchAll(/packets (\d+)/g)].map(([, count]) => Number(count));
    assert.deepEqual(packets, [0, 0], counted);
    await lab.output('home', 'nft', ['delete', 'table', 'inet', 'strays']);
  });

  test('its own flows are not listed', async () => {
    await examine(sluice, 'capture', 'dns', 'ipv6', 'mtu', 'loop');
    const isProbe = ({ destination }: FlowInfo): boolean =>
      ['192.0.0.8', '100::8'].includes(destination.address);
    assert.deepEqual((await sluice.flows()).filter(isProbe), []);
  });

  test('the command prints the same, and ends with 0', async () => {
    const { status, stdout } = await sluice.cli('doctor');
    assert.equal(status, 0);
    const lines = stdout.split('\n').filter((line) => /^(ok|warning|failed|skipped)/.test(line));
    assert.deepEqual(
      lines.map((line) => line.split(/ +/, 2).toReversed().join(' ')),
      WELL,
    );
  });

  describe('with a routing rule of another VPN in front', () => {
    withIp('rule add priority 100 lookup main', 'rule del priority 100');

    test('programs go past', async () => {
      const expected = ['failed', 'doctor.capture.past', 'doctor.capture.fixVpn'];
      assert.deepEqual(await examineOne(sluice, 'capture'), expected);
      const { details } = (await examine(sluice, 'capture')).get('capture')!;
      const rules = details.find(({ code }) => code === 'doctor.capture.rules');
      assert.equal(rules?.values['rules'], '100: from all lookup main');
    });

    test('names leak', async () => {
      const expected = ['failed', 'doctor.dns.leak', 'doctor.dns.fixRules'];
      assert.deepEqual(await examineOne(sluice, 'dns'), expected);
    });

    test('the command ends with 1, and says what to do', async () => {
      const { status, stdout } = await sluice.cli('doctor', 'capture');
      assert.equal(status, 1);
      assert.match(
        stdout,
        /^failed +capture .+ leaves by eth0\. .+\n.+100: from all lookup main\n +→ .+\n/,
      );
    });
  });

  describe('with a rule that lets IPv6 pass', () => {
    withIp('-6 rule add priority 100 lookup main', '-6 rule del priority 100');

    test('it leaks', async () => {
      const expected = ['failed', 'doctor.ipv6.leak', 'doctor.capture.fixVpn'];
      assert.deepEqual(await examineOne(sluice, 'ipv6'), expected);
      assert.equal((await examineOne(sluice, 'capture'))[0], 'ok');
    });
  });

  describe('with a router that sends back what we send', () => {
    const probe = '192.0.0.8/32';
    before(async () => {
      await lab.output('net', 'ip', ['route', 'add', probe, 'via', uplink.home4]);
      const lenient = ['accept_local=1', 'rp_filter=0'].map((one) => `net.ipv4.conf.eth0.${one}`);
      await lab.output('home', 'sysctl', ['-w', ...lenient, 'net.ipv4.conf.all.rp_filter=0']);
    });
    after(() => lab.output('net', 'ip', ['route', 'del', probe]));

    test('what is our own comes back', async () => {
      const expected = ['failed', 'doctor.loop.now', 'doctor.loop.fixRules'];
      assert.deepEqual(await examineOne(sluice, 'loop'), expected);
    });
  });

  test('what came back earlier is a warning', async () => {
    const [verdict, summary] = await examineOne(sluice, 'loop');
    assert.deepEqual([verdict, summary], ['warning', 'doctor.loop.before']);
  });

  describe('an upstream', () => {
    after(() => choose('dante'));

    const expected: Record<string, readonly [CheckName, ...(string | null)[]]> = {
      nobody: ['upstream', 'failed', 'doctor.upstream.failed', 'doctor.upstream.fixServer'],
      stranger: ['upstream', 'failed', 'doctor.upstream.failed', 'doctor.upstream.fixLogin'],
      squid: ['upstream', 'ok', 'doctor.upstream.ok', null],
      DIRECT: ['udp', 'ok', 'doctor.udp.direct', null],
      dante: ['udp', 'ok', 'doctor.udp.ok', null],
    };
    for (const [name, [check, ...rest]] of Object.entries(expected)) {
      test(`${name}: ${rest[1]}`, async () => {
        await choose(name);
        assert.deepEqual(await examineOne(sluice, check), rest);
      });
    }

    for (const name of ['microsocks', 'squid']) {
      test(`${name} carries no datagrams: another one does`, async () => {
        await choose(name);
        const { verdict, summary, details } = (await examine(sluice, 'udp')).get('udp')!;
        assert.deepEqual([verdict, summary.code], ['ok', 'doctor.udp.without']);
        assert.deepEqual(details.at(-1)?.values, { name: 'dante' });
      });
    }

    test('whose datagrams are lost', async () => {
      await choose('dante');
      await lab.output('net', 'nft', ['add', 'table', 'inet', 'lost']);
      const hook = '{ type filter hook input priority 0; }';
      await lab.output('net', 'nft', ['add', 'chain', 'inet', 'lost', 'in', hook]);
      await lab.output('net', 'nft', ['add', 'rule', 'inet', 'lost', 'in', 'udp dport 53 drop']);
      const broken = ['failed', 'doctor.udp.broken', 'doctor.udp.fixBroken'];
      assert.deepEqual(await examineOne(sluice, 'udp'), broken);
      await lab.output('net', 'nft', ['delete', 'table', 'inet', 'lost']);
    });
  });

  describe('with a guest whose packets are smaller', () => {
    withIp('link set guest0 mtu 1400', 'link set guest0 mtu 1500');

    test('the tunnel should be as small', async () => {
      const { fix, ...found } = (await examine(sluice, 'mtu')).get('mtu')!;
      assert.deepEqual([found.verdict, found.summary.code], ['warning', 'doctor.mtu.guests']);
      assert.deepEqual(fix?.action, { kind: 'set', path: 'tun.mtu', value: 1400 });
    });
  });

  describe('guests', () => {
    test('a firewall that drops what is forwarded', async () => {
      await lab.output('home', 'nft', ['add', 'table', 'inet', 'strict']);
      const hook = '{ type filter hook forward priority 0; policy drop; }';
      await lab.output('home', 'nft', ['add', 'chain', 'inet', 'strict', 'guests', hook]);
      const expected = ['warning', 'doctor.guests.firewall', 'doctor.guests.fixFirewall'];
      assert.deepEqual(await examineOne(sluice, 'guests'), expected);
      await lab.output('home', 'nft', ['delete', 'table', 'inet', 'strict']);
    });

    test('nothing is forwarded', async () => {
      await lab.output('home', 'sysctl', ['-w', 'net.ipv4.ip_forward=0']);
      const expected = ['warning', 'doctor.guests.off', 'doctor.guests.fixForwarding'];
      assert.deepEqual(await examineOne(sluice, 'guests'), expected);
      await lab.output('home', 'sysctl', ['-w', 'net.ipv4.ip_forward=1']);
    });

    describe('with a rule that leads them past', () => {
      withIp('rule add priority 100 iif guest0 lookup main', 'rule del priority 100');

      test('they are not captured, while this machine is', async () => {
        const expected = ['failed', 'doctor.guests.past', 'doctor.capture.fixVpn'];
        assert.deepEqual(await examineOne(sluice, 'guests'), expected);
        assert.equal((await examineOne(sluice, 'capture'))[0], 'ok');
      });
    });
  });

  test('a rule file with an error', async () => {
    sluice.writeConfig(CONFIG.replace('MATCH,way', 'MATCH,missing'));
    await sluice.client.call(endpoints.reload);
    const expected = ['failed', 'doctor.config.rejected', 'doctor.config.fixError'];
    assert.deepEqual(await examineOne(sluice, 'config'), expected);
    await sluice.apply(CONFIG);
    assert.equal((await examineOne(sluice, 'config'))[0], 'ok');
  });

  test('another program has changed resolv.conf: to be taken back by switching off and on', async () => {
    writeFileSync(lab.place('home').resolvConf, 'nameserver 127.0.0.1\n');
    const { fix, ...found } = (await examine(sluice, 'dns')).get('dns')!;
    assert.deepEqual([found.verdict, found.summary.code], ['failed', 'doctor.dns.leak']);
    assert.deepEqual(fix?.action, { kind: 'recapture' });
    await sluice.client.call(endpoints.setCapture, { body: { on: false } });
    assert.deepEqual((await examineOne(sluice, 'dns'))[0], 'skipped');
    await sluice.client.call(endpoints.setCapture, { body: { on: true } });
    assert.deepEqual((await examineOne(sluice, 'dns'))[0], 'ok');
  });

  test('capture is switched off', async () => {
    await sluice.client.call(endpoints.setCapture, { body: { on: false } });
    const expected = ['failed', 'doctor.capture.off', 'doctor.capture.fixOn'];
    assert.deepEqual(await examineOne(sluice, 'capture'), expected);
    await sluice.client.call(endpoints.setCapture, { body: { on: true } });
  });

  test('without a way out', async () => {
    await lab.output('home', 'ip', ['link', 'set', 'eth0', 'down']);
    const expected = ['failed', 'doctor.uplink.none', 'doctor.uplink.fixConnect'];
    assert.deepEqual(await examineOne(sluice, 'uplink'), expected);
  });

  test('without core, what can be is looked at', async () => {
    await sluice.stop();
    const { status, stdout, stderr } = await sluice.cli('doctor');
    assert.equal(status, 1);
    assert.match(stderr, /does not run/);
    assert.match(stdout, /^failed +uplink .+\n.+\nok +cleanup /);
  });
});

describe('the self test of a machine that is set up otherwise', () => {
  let lab: Lab;
  let sluice: Instance;
  const config = [
    'tun: {enable: true, mtu: 9000, route-address: [0.0.0.0/1, 128.0.0.0/1], dns-hijack: ["1.1.1.1:53"]}',
    `dns: {enable: true, enhanced-mode: redir-host, nameserver: [${resolver.v4}]}`,
    'sluice: {udp-fallback: reject}',
    'proxies:',
    `  - {name: squid, type: http, server: ${proxies.squid}, port: 3128}`,
    'rules:',
    '  - MATCH,squid',
    '',
  ].join('\n');

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    sluice = await lab.startSluice(config);
  });
  after(() => lab.stop());

  test('packets that others cannot take', async () => {
    const { fix, ...found } = (await examine(sluice, 'mtu')).get('mtu')!;
    assert.equal(found.verdict, 'warning');
    assert.deepEqual(found.details.at(-1)?.code, 'doctor.mtu.path');
    assert.deepEqual(fix?.action, { kind: 'set', path: 'tun.mtu', value: 1500 });
  });

  test('IPv6 that nobody leads to Sluice', async () => {
    const expected = ['failed', 'doctor.ipv6.leak', 'doctor.ipv6.fixNetworks'];
    assert.deepEqual(await examineOne(sluice, 'ipv6'), expected);
  });

  test('programs ask a resolver whose queries are not answered here', async () => {
    assert.equal((await examineOne(sluice, 'dns'))[0], 'failed');
  });

  test('names are shown to a resolver that is asked straight', async () => {
    await sluice.apply(config.replace(', dns-hijack: ["1.1.1.1:53"]', ''));
    const expected = ['warning', 'doctor.dns.straight', 'doctor.dns.fixStraight'];
    assert.deepEqual(await examineOne(sluice, 'dns'), expected);
  });

  test('datagrams are refused', async () => {
    const expected = ['warning', 'doctor.udp.without', 'doctor.udp.fixUpstream'];
    assert.deepEqual(await examineOne(sluice, 'udp'), expected);
    const { details } = (await examine(sluice, 'udp')).get('udp')!;
    assert.equal(details.at(-1)?.code, 'doctor.udp.reject');
  });

  test('IPv6 that the configuration refuses does not leak', async () => {
    const all = config.replace('route-address: [0.0.0.0/1, 128.0.0.0/1], ', '');
    await sluice.apply(`ipv6: false\n${all}`);
    assert.deepEqual(await examineOne(sluice, 'ipv6'), ['ok', 'doctor.ipv6.refused', null]);
  });

  test('an upstream on this machine, behind the forwarder of a container engine', async () => {
    // Programs are known by their names.
    const program = join(lab.folder, 'docker-proxy');
    copyFileSync((await lab.output('home', 'which', ['socat'])).trim(), program);
    const args = ['TCP-LISTEN:1085,bind=127.0.0.1,fork', `TCP:${proxies.microsocks}:1080`];
    await lab.spawn('home', program, args).listening(1085);
    const local = '  - {name: here, type: socks5, server: 127.0.0.1, port: 1085}';
    await sluice.apply(config.replace('rules:', `${local}\nrules:`));
    const expected = ['warning', 'doctor.loop.local', 'doctor.loop.fixLocal'];
    assert.deepEqual(await examineOne(sluice, 'loop'), expected);
  });

  test('a change that needs a restart', async () => {
    await sluice.apply(config.replace('9000', '1500'));
    const expected = ['warning', 'doctor.config.restart', 'doctor.config.fixRestart'];
    assert.deepEqual(await examineOne(sluice, 'config'), expected);
  });

  test('after a kill -9 something is left, which cleanup undoes', async () => {
    process.kill(sluice.pid, 'SIGKILL');
    await sluice.daemon.exited;
    const { status, stdout } = await sluice.cli('doctor', 'cleanup');
    assert.equal(status, 1);
    assert.match(
      stdout,
      /^failed +cleanup .+\n.+journal.+\n(.+policy rules?\n)+.+"sluice cleanup"/,
    );
    await sluice.cli('cleanup');
    assert.match((await sluice.cli('doctor', 'cleanup')).stdout, /^ok +cleanup /);
  });
});
