/** Own lookups with real resolvers, past a tunnel that captures everything else. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { ResolverPaths } from '../../core/dns/name-resolver.ts';
import { PlatformLab, far4, far6, lan4, tunnelOptions, whyNot } from './platform-lab.ts';
import type { Lines, PlatformHost, TunEcho } from './platform-lab.ts';

/** The address of programs/bad-dns.py. */
const bad = '192.0.2.1';

describe('own lookups', { skip: whyNot() }, () => {
  let lab: PlatformLab;
  let tun: TunEcho;
  let host: PlatformHost;
  let good: Lines;
  let misbehaving: Lines;
  let paths: ResolverPaths;

  type Result = string[] | { code: string; failure: string; message: string };
  const resolve = (...names: string[]): Promise<Result[]> => host.call('resolve', { names });
  const useServers = (...servers: string[]): void => {
    const lines = servers.map((server) => `nameserver ${server}\n`);
    writeFileSync(paths.resolvConf, `${lines.join('')}options timeout:1 attempts:1\n`);
  };
  const fails = async (name: string, code: string, failure: string): Promise<void> => {
    const [result] = await resolve(name);
    assert.ok(result !== undefined && !Array.isArray(result), `${name}: ${JSON.stringify(result)}`);
    assert.deepEqual({ code: result.code, failure: result.failure }, { code, failure });
  };

  before(async () => {
    lab = await PlatformLab.start();
    tun = await lab.openTun();
    host = lab.openHost();
    const file = (name: string): string => join(lab.folder, name);
    paths = {
      hosts: file('hosts'),
      resolvConf: file('etc-resolv'),
      original: file('original'),
      resolvedConf: file('resolved'),
    };
    good = lab.run('net', 'sh', [
      '-c',
      'exec "$0" "$@" 2>&1',
      'dnsmasq',
      '--keep-in-foreground',
      '--user=root',
      '--conf-file=/dev/null',
      '--pid-file=',
      '--no-resolv',
      '--no-hosts',
      '--bind-interfaces',
      `--listen-address=${far4},${far6},203.0.113.1`,
      '--local=/test/',
      '--local-ttl=60',
      '--log-queries',
      '--log-facility=-',
      '--host-record=site.test,203.0.113.9,2001:db8:3::9',
      '--host-record=four.test,203.0.113.4',
      '--host-record=six.test,2001:db8:3::6',
      '--host-record=nas.office.test,203.0.113.5',
      '--cname=alias.test,site.test',
      ...Array.from({ length: 40 }, (_, n) => `--host-record=many.test,203.0.113.${100 + n}`),
    ]);
    misbehaving = lab.runProgram('net', 'bad-dns.py', bad);
    await good.wait((line) => /started/.test(line) || null, 'dnsmasq');
    await misbehaving.wait((line) => line === 'ready' || null, 'the bad resolver');
    await host.call('open');
    await host.call('watch', '');
    await host.call('up', tunnelOptions);
  });
  after(() => lab.stop());
  beforeEach(async () => {
    writeFileSync(paths.hosts, '');
    useServers(far4);
    await host.call('resolver', { paths, dns: 'mode: rule' });
  });

  test('finds both families past the tunnel, IPv6 first', async () => {
    assert.deepEqual(await resolve('site.test'), [['2001:db8:3::9', '203.0.113.9']]);
    assert.deepEqual(
      tun.packets.filter((line) => / > \S+:53$/.test(line)),
      [],
    );
  });

  test('asks from the address of the uplink', async () => {
    await resolve('four.test');
    await good.wait(
      (line) => /query\[A\] four\.test from 192\.0\.2\.2/.test(line) || null,
      'a query',
    );
  });

  test('asks a resolver over IPv6 past the tunnel', async () => {
    useServers(far6);
    assert.deepEqual(await resolve('four.test'), [['203.0.113.4']]);
  });

  test('finds a name of one family', async () => {
    assert.deepEqual(await resolve('six.test', 'four.test'), [['2001:db8:3::6'], ['203.0.113.4']]);
  });

  test('follows an alias', async () => {
    assert.deepEqual(await resolve('alias.test'), [['2001:db8:3::9', '203.0.113.9']]);
  });

  test('takes no more addresses than a dialler could try', async () => {
    const [addresses] = await resolve('many.test');
    assert.ok(Array.isArray(addresses));
    assert.equal(addresses.length, 32);
  });

  test('completes a name without a dot from the search list', async () => {
    writeFileSync(paths.resolvConf, `search none.test office.test\nnameserver ${far4}\n`);
    assert.deepEqual(await resolve('nas'), [['203.0.113.5']]);
  });

  test('prefers the hosts file, and sees it change', async () => {
    writeFileSync(paths.hosts, '203.0.113.77 site.test\n');
    assert.deepEqual(await resolve('SITE.test.'), [['203.0.113.77']]);
    writeFileSync(paths.hosts, '203.0.113.78 site.test # moved house\n');
    assert.deepEqual(await resolve('site.test'), [['203.0.113.78']]);
  });

  test('puts addresses that no route leads to last', async () => {
    lab.ip('home', 'route add unreachable 2001:db8:3::9/128');
    await host.call('watch', '');
    try {
      assert.deepEqual(await resolve('site.test'), [['203.0.113.9', '2001:db8:3::9']]);
    } finally {
      lab.ip('home', 'route del unreachable 2001:db8:3::9/128');
      await host.call('watch', '');
    }
  });

  test('asks the servers behind the stub of systemd-resolved', async () => {
    useServers('127.0.0.53');
    writeFileSync(paths.resolvedConf, `nameserver ${far4}\n`);
    try {
      assert.deepEqual(await resolve('four.test'), [['203.0.113.4']]);
    } finally {
      writeFileSync(paths.resolvedConf, '');
    }
  });

  test('asks once for callers that come together', async () => {
    const count = (): number =>
      misbehaving.seen.filter((line) => line.startsWith('A fine.test')).length;
    useServers(bad);
    const before = count();
    const [first, second] = await resolve('fine.test', 'fine.test', 'FINE.test');
    assert.deepEqual(first, ['2001:db8:3::1', '203.0.113.1']);
    assert.deepEqual(second, first);
    assert.equal(count(), before + 1);
  });

  test('remembers an answer until it is flushed', async () => {
    useServers(bad);
    await resolve('fine.one.test');
    useServers(lan4);
    assert.deepEqual(await resolve('fine.one.test'), [['2001:db8:3::1', '203.0.113.1']]);
    await host.call('flush');
    // What answers there is no resolver.
    await fails('fine.one.test', 'ERR_DNS_TIMEOUT', 'timeout');
  });

  test('a name that does not exist is an error of its own', async () => {
    await fails('nowhere.test', 'ERR_DNS_NOT_FOUND', 'host-unreachable');
  });

  test('what is no name is an error, and no query', async () => {
    await fails('a b', 'ERR_DNS_NAME', 'host-unreachable');
    await fails(`${'x.'.repeat(200)}test`, 'ERR_DNS_NAME', 'host-unreachable');
  });

  for (const mode of ['servfail', 'refused', 'garbage', 'loop', 'forged', 'silent']) {
    test(`asks the next server where the first answers: ${mode}`, async () => {
      const name = `${mode}.office.test`;
      writeFileSync(paths.hosts, '');
      useServers(bad, far4);
      // The good server knows that the name does not exist; the bad one cannot say so.
      await fails(name, 'ERR_DNS_NOT_FOUND', 'host-unreachable');
      assert.ok(misbehaving.seen.some((line) => line === `A ${name} 192.0.2.2`));
    });
  }

  test('servers that only fail are an error that names them', async () => {
    useServers(bad);
    const [result] = await resolve('servfail.test');
    assert.match(JSON.stringify(result), /ERR_DNS_FAILED.*system \(192\.0\.2\.1\) \(it failed\)/);
  });

  test('servers that never answer are a timeout', async () => {
    useServers(bad);
    await fails('silent.test', 'ERR_DNS_TIMEOUT', 'timeout');
  });

  test('an answer is not kept waiting by a family that is never answered', async () => {
    useServers(bad);
    assert.deepEqual(await resolve('half.test'), [['203.0.113.1']]);
  });

  test('a lookup that nobody waits for ends', async () => {
    useServers(bad);
    const [result] = await host.call<Result[]>('resolve', { names: ['silent.test'], giveUp: true });
    assert.match(JSON.stringify(result), /nobody waits/);
  });

  test('resolvers without a route are told apart', async () => {
    lab.ip('home', 'route add unreachable 198.51.100.0/24');
    await host.call('watch', '');
    try {
      await fails('site.test', 'ERR_DNS_NO_ROUTE', 'net-unreachable');
    } finally {
      lab.ip('home', 'route del unreachable 198.51.100.0/24');
      await host.call('watch', '');
    }
  });

  test('follows the uplink to another address', async () => {
    useServers('203.0.113.1');
    lab.ip(
      'home',
      'route add default via 203.0.113.1 metric 50',
      'route del default via 192.0.2.1',
    );
    try {
      await host.call('watch', '');
      assert.deepEqual(await resolve('four.test'), [['203.0.113.4']]);
      await good.wait((line) => /four\.test from 203\.0\.113\.2/.test(line) || null, 'a query');
    } finally {
      lab.ip('home', 'route add default via 192.0.2.1', 'route del default via 203.0.113.1');
      await host.call('watch', '');
    }
  });
});
