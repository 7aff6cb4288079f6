/** Captured queries of real clients, answered by Sluice with unbound and dnsmasq behind it. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { resolver, site4, site6, sites } from './addresses.ts';
import { curl } from './clients.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import type { NamespaceName } from './namespaces.ts';
import type { Daemon } from './processes.ts';
import type { Instance } from './sluice.ts';

const clients: readonly NamespaceName[] = ['home', 'guest'];
/** Where dnsmasq and programs/bad-dns.py listen. */
const masq = sites['other.test'][0];
const bad = sites['v4.site.test'][0];

describe('dns', () => {
  let lab: Lab;
  let sluice: Instance;

  const configOf = (...keys: string[]): string =>
    labConfig(
      lab.certificates,
      ['MATCH,dante'],
      [
        'dns:',
        `  nameserver: [${resolver.v4}]`,
        `  nameserver-policy: {'+.masq.test': ${masq}, '+.bad.test': ${bad}}`,
        '  use-system-hosts: false',
        ...keys.map((key) => `  ${key}`),
        'hosts: {box.hosts.test: 192.0.2.77, alias.hosts.test: site.test}',
      ],
    );
  const use = (...keys: string[]): Promise<void> => sluice.apply(configOf(...keys));
  const dig = async (from: NamespaceName, ...args: string[]): Promise<string> =>
    (await lab.output(from, 'dig', ['+tries=1', '+time=8', ...args])).trim();
  const short = (from: NamespaceName, ...args: string[]): Promise<string> =>
    dig(from, '+short', ...args);

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    await startMasq(lab);
    const program = join(import.meta.dirname, 'programs/bad-dns.py');
    const misbehaving = lab.spawn('net', 'python3', [program, bad]);
    await misbehaving.until('be ready', () => misbehaving.log.includes('ready'));
    sluice = await lab.startSluice(configOf());
  });
  after(() => lab.stop());

  for (const from of clients) {
    test(`a name has a fake address in each family, and leads to its site, from ${from}`, async () => {
      await use();
      const four = await short(from, 'www.site.test');
      const six = await short(from, '+tcp', 'www.site.test', 'AAAA');
      assert.match(four, /^198\.18\./);
      assert.match(six, /^fdfe:dcba:9876:/);
      assert.equal(await short(from, '-x', four), 'www.site.test.');
      assert.equal(await short(from, '-x', six), 'www.site.test.');
      for (const family of ['-4', '-6']) {
        const said = await curl(lab, from, 'https://www.site.test/', [family]);
        assert.match(said, /https:\/\/www\.site\.test/, family);
      }
      const flow = (await sluice.flows()).find(({ domain }) => domain === 'www.site.test');
      assert.equal(flow?.domainFrom, 'fake-ip');
    });
  }

  test('other records pass as they are, whatever their type', async () => {
    await use();
    assert.equal(await short('home', 'mail.masq.test', 'MX'), '10 mx.masq.test.');
    assert.equal(await short('home', '_sip._udp.masq.test', 'SRV'), '0 0 5060 sip.masq.test.');
    assert.equal(await short('home', 'masq.test', 'TXT'), '"hello"');
    assert.equal(await short('home', 'odd.masq.test', 'TYPE65280'), '\\# 3 010203');
  });

  test('an answer too large for a datagram is whole over TCP', async () => {
    await use();
    const cut = await dig('home', '+ignore', '+bufsize=8000', 'big.site.test', 'TXT');
    assert.match(cut, /flags: qr tc/);
    assert.equal((await short('guest', 'big.site.test', 'TXT')).split('\n').length, 21);
    const many = await short(
      'home',
      '+tcp',
      '+keepopen',
      'big.site.test',
      'TXT',
      'masq.test',
      'TXT',
    );
    assert.match(many, /"hello"$/);
  });

  test('in redir-host mode addresses are true, and flows still have their names', async () => {
    await use('enhanced-mode: redir-host');
    assert.equal(await short('guest', 'site.test'), site4);
    assert.equal(await short('home', 'site.test', 'AAAA'), site6);
    await curl(lab, 'guest', 'http://shop.site.test/');
    const flow = (await sluice.flows()).find(({ domain }) => domain === 'shop.site.test');
    assert.equal(flow?.domainFrom, 'dns');
    assert.equal(await short('home', 'nothing.test'), '');
    assert.match(await dig('home', 'nothing.test'), /status: NXDOMAIN/);
  });

  test('hosts, reserved names, and ipv6: false are answered without a server', async () => {
    await use('ipv6: false');
    assert.equal(await short('home', 'box.hosts.test'), '192.0.2.77');
    assert.match(await short('home', 'alias.hosts.test'), /^site\.test\.\n198\.18\./);
    assert.equal(await short('home', 'a.localhost'), '127.0.0.1');
    assert.match(await dig('home', 'site.test', 'AAAA'), /status: NOERROR.*ANSWER: 0/s);
    assert.match(await dig('home', 'use-application-dns.net'), /status: NXDOMAIN/);
  });

  test('a server that misbehaves is a failure of its names, and a counter', async () => {
    await use('enhanced-mode: redir-host');
    const names = ['garbage', 'servfail', 'forged', 'loop', 'silent'];
    const asked = names.map((name) => dig('home', `${name}.bad.test`));
    for (const said of await Promise.all(asked)) assert.match(said, /status: SERVFAIL/);
    assert.equal(await short('home', 'fine.bad.test'), '203.0.113.1');
    const status = await sluice.status();
    assert.ok((status.dns?.failed ?? 0) >= 5);
    // Garbage and the forged id are dropped, the loop is malformed.
    assert.ok((status.dns?.badReplies ?? 0) >= 3);
    assert.match(sluice.daemon.log, /warning DNS_BAD_REPLY/);
    assert.match((await sluice.cli('status')).stdout, /DNS +redir-host: .* queries.*failed/);
  });

  test('answers outlive their server, for as long as they hold', async () => {
    await use('enhanced-mode: redir-host');
    const dying = await startMasq(lab, '203.0.113.2');
    await sluice.apply(configOf('enhanced-mode: redir-host').replace(masq, '203.0.113.2'));
    const asked = await short('home', 'host.masq.test');
    await dying.stop();
    assert.equal(await short('home', 'host.masq.test'), asked);
    assert.match(await dig('home', 'other.masq.test'), /status: SERVFAIL/);
    assert.equal(await short('home', 'site.test'), site4);
  });

  test('dns.listen answers on an address of this machine', async () => {
    await use('listen: 127.0.0.1:1053');
    const here = ['@127.0.0.1', '-p', '1053'];
    assert.match(await short('home', ...here, 'site.test'), /^198\.18\./);
    assert.match(await short('home', ...here, '+tcp', 'site.test'), /^198\.18\./);
  });

  test('the command line shows who answered, and forgets', async () => {
    await use('enhanced-mode: redir-host');
    const query = async (...args: string[]): Promise<string> =>
      (await sluice.cli('dns', 'query', ...args)).stdout;
    await sluice.cli('dns', 'flush', 'all');
    assert.match(
      await query('host.masq.test'),
      new RegExp(`Server +.*${masq}.*\nPolicy +\\+\\.masq\\.test`),
    );
    assert.match(await query('host.masq.test'), /From +the cache/);
    await sluice.cli('dns', 'flush');
    assert.match(await query('host.masq.test'), /From +a server/);
    const { stdout } = await sluice.cli('dns', 'queries', '--limit', '1');
    assert.match(stdout, /sluice +A +host\.masq\.test +198\.51\.100\.20 +NOERROR.* A 192\.0\.2\.8/);
    assert.match(
      (await sluice.cli('flows', '--state', 'all')).stdout,
      /dns +server +- +- +sluice +host\.masq\.test A/,
    );
  });

  test('fake addresses last across a restart', async () => {
    await use();
    const before = await short('home', 'lasting.test');
    await short('home', 'another.test');
    await sluice.stop();
    const again = sluice.startAnother();
    const runs = async (): Promise<boolean> =>
      (await sluice.status().catch(() => null))?.state === 'running';
    await again.until('run', runs, 20_000);
    assert.equal(await short('home', 'lasting.test'), before);
    assert.equal(await short('home', '-x', before), 'lasting.test.');
  });
});

/** dnsmasq with a zone of its own. */
function startMasq(lab: Lab, address: string = masq): Promise<Daemon> {
  const daemon = lab.spawn('net', 'dnsmasq', [
    ...['--keep-in-foreground', '--user=root', '--conf-file=/dev/null', '--pid-file='],
    '--log-facility=-',
    ...['--no-resolv', '--no-hosts', '--bind-interfaces', `--listen-address=${address}`],
    ...['--local=/masq.test/', '--local-ttl=60', '--host-record=host.masq.test,192.0.2.8'],
    ...['--mx-host=mail.masq.test,mx.masq.test,10', '--txt-record=masq.test,hello'],
    ...['--srv-host=_sip._udp.masq.test,sip.masq.test,5060', '--dns-rr=odd.masq.test,65280,010203'],
  ]);
  return daemon.until('start', () => daemon.log.includes('started'));
}
