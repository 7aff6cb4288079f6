/**
 * The leak test: while everything that programs send is sent from the machine and from a guest, in
 * global mode, not one packet leaves by the uplink that is not for the upstream. Counted by the
 * kernel on the device itself.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { startDante } from '../daemons/socks-servers.ts';
import type { Daemon } from '../daemons/daemon.ts';
import { proxies, resolver, site4, site6, uplink } from './addresses.ts';
import { Lab } from './lab.ts';
import type { NamespaceName } from './namespaces.ts';
import { prefixFor } from './processes.ts';
import type { Instance } from './sluice.ts';
import { UplinkCounter } from './uplink-counter.ts';

const server = { address: proxies.dante, port: 1080 } as const;

/** Everything through one proxy, our own queries among it. */
const tight = `
mode: global
proxies: [{name: exit, type: socks5, server: ${server.address}, port: ${server.port}, udp: true}]
proxy-groups: [{name: GLOBAL, type: select, proxies: [exit]}]
dns: {nameserver: ["udp://${resolver.v4}#exit"]}
rules: ["MATCH,DIRECT"]
`;

describe('nothing leaks', () => {
  let lab: Lab;
  let sluice: Instance;
  let proxy: Daemon;
  let counter: UplinkCounter;

  async function startProxy(): Promise<void> {
    const prefix = prefixFor(lab.place('net'));
    proxy = await startDante({ prefix, parent: lab.folder, ...server, external: 'eth0' });
  }

  /** Programs of every kind, at once. */
  async function browse(from: NamespaceName): Promise<void> {
    const run = (command: string, ...args: string[]): Promise<unknown> =>
      lab.exec(from, command, args, { timeout: 15_000 });
    const file = join(import.meta.dirname, 'programs/browse.py');
    const fetch = (family: string, url: string): Promise<unknown> =>
      run('curl', '-ks', '--max-time', '4', family, '-o', '/dev/null', url);
    const http3 = (host: string): Promise<unknown> =>
      run(
        'gtlsclient',
        '--quiet',
        '--handshake-timeout=1s',
        '--timeout=1s',
        host,
        '443',
        `https://${host}/`,
      );
    await Promise.all([
      run('python3', file, 'site.test', site4, site6, resolver.v4, resolver.v6, uplink.broadcast4),
      ...['site.test', 'v6.site.test', site4].map((host) => fetch('-4', `http://${host}/`)),
      ...['site.test', 'v6.site.test', `[${site6}]`].map((host) => fetch('-6', `https://${host}/`)),
      ...['site.test', site4, site6].map(http3),
      ...['site.test', site4, site6].map((host) => run('ping', '-n', '-c1', '-W1', host)),
      run('ping', '-n', '-c1', '-W1', '-s', '4000', site4),
      run('traceroute', '-n', '-m', '3', '-w', '0.3', '-q', '1', site4),
      run('dig', '+tries=1', '+time=2', `@${resolver.v4}`, 'site.test', 'MX'),
      run('dig', '+tries=1', '+time=2', '+tcp', `@${resolver.v6}`, 'big.site.test', 'TXT'),
    ]);
  }

  async function browseEverywhere(): Promise<void> {
    await Promise.all([browse('home'), browse('guest')]);
  }

  async function assertTight(): Promise<void> {
    assert.equal(await counter.count('leaked'), 0, counter.log);
  }

  before(async () => {
    lab = await Lab.start();
    await startProxy();
    sluice = await lab.startSluice(tight);
  });
  after(() => lab.stop());
  afterEach(() => counter.stop());

  test('while everything works', async () => {
    counter = await UplinkCounter.start(lab, server.address);
    await browseEverywhere();
    await assertTight();
    assert.ok((await counter.count('allowed')) > 100, 'hardly anything was sent');
    const flows = await sluice.flows();
    assert.ok(flows.some(({ network, state }) => network === 'udp' && state === 'open'));
    assert.ok(flows.every(({ chain }) => !chain.includes('DIRECT')));
  });

  test('while the upstream is down, and when it is back', async () => {
    counter = await UplinkCounter.start(lab, server.address);
    await proxy.stop();
    await browseEverywhere();
    await assertTight();
    await startProxy();
    await browseEverywhere();
    await assertTight();
  });

  test('while the configuration changes', async () => {
    counter = await UplinkCounter.start(lab, server.address);
    const browsing = browseEverywhere();
    for (const change of [
      'ipv6: false',
      'sluice: {icmp: direct}',
      'dns: {enhanced-mode: redir-host, nameserver: ["udp://203.0.113.53#exit"]}',
    ]) {
      const key = change.split(':')[0] ?? '';
      const rest = tight.split('\n').filter((line) => !line.startsWith(`${key}:`));
      await sluice.apply([...rest, change, ''].join('\n'));
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await browsing;
    await sluice.apply(tight);
    await assertTight();
  });

  test('after a restart, with the addresses that programs still have', async () => {
    const held = (await lab.output('guest', 'dig', ['+short', 'site.test'])).trim();
    await sluice.restart();
    counter = await UplinkCounter.start(lab, server.address);
    const args = ['-s', '--max-time', '5', '-o', '/dev/null', `http://${held}/`];
    await Promise.all([browseEverywhere(), lab.exec('guest', 'curl', args)]);
    await assertTight();
  });

  for (const [why, config] of [
    ['a rule sends a site directly', tight.replace('mode: global', 'mode: rule')],
    ['a resolver is asked directly', tight.replace('#exit', '')],
    ['the tunnel is not for IPv6', `${tight}tun: {route-address: [0.0.0.0/0]}\n`],
  ] as const) {
    test(`the test can fail: it sees that ${why}`, async () => {
      await sluice.apply(config);
      counter = await UplinkCounter.start(lab, server.address);
      await browse('guest');
      assert.notEqual(await counter.count('leaked'), 0);
      await sluice.apply(tight);
    });
  }
});
