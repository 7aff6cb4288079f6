/** `dhcp://eth1`: the resolvers that a real DHCP server gives an interface, past the tunnel's own ideas. */
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { PlatformLab, far4, tunnelOptions, whyNot } from './platform-lab.ts';
import type { Lines, PlatformHost } from './platform-lab.ts';

describe('the resolvers of DHCP', { skip: whyNot() }, () => {
  let lab: PlatformLab;
  let host: PlatformHost;
  let dnsmasq: Lines;

  type Result = string[] | { code: string; message: string };

  before(async () => {
    lab = await PlatformLab.start();
    await lab.openTun();
    host = lab.openHost();
    dnsmasq = lab.run('net', 'sh', [
      ...['-c', 'exec "$0" "$@" 2>&1', 'dnsmasq', '--keep-in-foreground', '--user=root'],
      ...['--conf-file=/dev/null', '--pid-file=', '--no-resolv', '--no-hosts'],
      ...['--bind-interfaces', '--interface=eth1', `--listen-address=${far4}`, '--local=/test/'],
      ...['--host-record=four.test,203.0.113.4', '--log-queries', '--log-facility=-', '--log-dhcp'],
      ...['--dhcp-range=203.0.113.50,203.0.113.60', '--dhcp-option=option:dns-server,203.0.113.1'],
      `--dhcp-leasefile=${join(lab.folder, 'leases')}`,
    ]);
    await dnsmasq.wait((line) => /started/.test(line) || null, 'dnsmasq');
    await host.call('open');
    await host.call('watch', '');
    await host.call('up', tunnelOptions);
  });
  after(() => lab.stop());

  const use = async (leases?: Record<string, string>): Promise<void> => {
    const file = (name: string): string => join(lab.folder, name);
    const paths = {
      hosts: '/dev/null',
      resolvConf: '/dev/null',
      resolvedConf: '/dev/null',
      original: file('none'),
    };
    const dns = 'dns: {nameserver: ["dhcp://eth1"]}';
    await host.call('resolver', { paths, dns, ...(leases === undefined ? {} : { leases }) });
  };

  test('the DHCP server is asked, and takes no lease for it', async () => {
    await use();
    const [found] = await host.call<Result[]>('resolve', { names: ['four.test'] });
    assert.deepEqual(found, ['203.0.113.4']);
    await dnsmasq.wait((line) => /DHCPDISCOVER\(eth1\)/.test(line) || null, 'a DHCPDISCOVER');
    await dnsmasq.wait((line) => /four\.test from 203\.0\.113\.2/.test(line) || null, 'a query');
    assert.equal(
      dnsmasq.seen.some((line) => /DHCPREQUEST/.test(line)),
      false,
    );
  });

  test('what the system’s own client wrote down is used instead', async () => {
    const folders = {
      networkd: join(lab.folder, 'networkd'),
      networkManager: join(lab.folder, 'nm'),
      classNet: '/sys/class/net',
    };
    const asked = (): number => dnsmasq.seen.filter((line) => /DHCPDISCOVER/.test(line)).length;
    const { stdout } = await lab.exec('home', 'cat', ['/sys/class/net/eth1/ifindex']);
    const before = asked();
    for (const [folder, text] of [
      [folders.networkd, 'ADDRESS=203.0.113.2\nDNS=203.0.113.1\n'],
      [folders.networkManager, '[dhcp4]\ndomain_name_servers=203.0.113.1\n'],
    ] as const) {
      mkdirSync(folder);
      writeFileSync(join(folder, stdout.trim()), text);
      await use(folders);
      const [found] = await host.call<Result[]>('resolve', { names: ['four.test'] });
      assert.deepEqual(found, ['203.0.113.4'], text);
      rmSync(folder, { recursive: true });
    }
    assert.equal(asked(), before);
  });
});
