/** Datagrams in number and size: iperf3 and a hundred peers through a real SOCKS5 server, fragments, path MTU, a slow uplink. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { ports, site4, site6, sites, uplink } from './addresses.ts';
import { labConfig } from './config.ts';
import { Lab } from './lab.ts';
import type { NamespaceName } from './namespaces.ts';
import type { Instance } from './sluice.ts';

const clients: readonly NamespaceName[] = ['home', 'guest'];
const program = (name: string): string => join(import.meta.dirname, 'programs', name);

describe('udp', () => {
  let lab: Lab;
  let sluice: Instance;

  const configOf = (upstream: string, tun = ''): string =>
    labConfig(lab.certificates, [`MATCH,${upstream}`], ['dns: {enable: false}']).replace(
      'tun: {enable: true}',
      `tun: {enable: true${tun}}`,
    );
  const use = (upstream: string, tun = ''): Promise<void> => sluice.apply(configOf(upstream, tun));
  const python = (from: NamespaceName, name: string, ...args: string[]): Promise<string> =>
    lab.output(from, 'python3', [program(name), ...args], { timeout: 60_000 });

  before(async () => {
    lab = await Lab.start();
    await lab.startProxies();
    sluice = await lab.startSluice(configOf('DIRECT'));
  });
  after(() => lab.stop());

  for (const from of clients) {
    for (const address of [site4, site6]) {
      for (const direction of ['up', 'down']) {
        test(`iperf3 ${direction} from ${from} to ${address} through dante`, async () => {
          await use('dante');
          // One that answers from this address: the lab's own answer from the first of the machine.
          const serve = ['-s', '-1', '-B', address, '-p', '5300'];
          await lab.spawn('net', 'iperf3', serve).listening(5300);
          const args = ['-u', '-J', '-c', address, '-p', '5300'];
          args.push('-l', '1200', '-b', '8M', '-t', '1', ...(direction === 'down' ? ['-R'] : []));
          const text = await lab.output(from, 'iperf3', args, { timeout: 30_000 });
          const { end } = JSON.parse(text) as {
            end: { sum: { packets: number; lost_percent: number } };
          };
          assert.ok(end.sum.packets > 500, text);
          assert.ok(end.sum.lost_percent < 5, text);
        });
      }
    }

    for (const upstream of ['DIRECT', 'dante']) {
      test(`datagrams in fragments from ${from} through ${upstream} come back whole`, async () => {
        await use(upstream);
        for (const address of [site4, site6]) {
          for (const size of [3000, 20_000]) {
            const target = address.includes(':') ? `UDP6:[${address}]` : `UDP:${address}`;
            const input = 'x'.repeat(size);
            const options = { input, timeout: 10_000 };
            const args = ['-b65507', '-t1', '-', `${target}:${ports.echo}`];
            const { stdout } = await lab.exec(from, 'socat', args, options);
            assert.equal(stdout.length, size);
          }
        }
        assert.equal((await sluice.counters())['malformed'], 0);
      });
    }
  }

  for (const [address, ...others] of [
    [site4, sites['www.site.test'][0], sites['shop.site.test'][0]],
    [site6, sites['www.site.test'][1], sites['shop.site.test'][1]],
  ]) {
    for (const upstream of ['DIRECT', 'dante']) {
      test(`a hundred sockets hear third parties of ${address} through ${upstream}`, async () => {
        await use(upstream);
        const serve = ['serve', address!, '7100', ...others];
        const server = lab.spawn('net', 'python3', [program('full-cone.py'), ...serve]);
        await server.until('be ready', () => server.log.includes('ready'));
        for (const from of clients) {
          const heard = await python(from, 'full-cone.py', 'register', address!, '7100', '100');
          assert.equal(heard.trim(), '100', server.log);
        }
        await server.stop();
      });
    }
  }

  test('without endpoint-independent-nat third parties are not heard', async () => {
    await use('DIRECT', ', endpoint-independent-nat: false');
    const serve = ['serve', site4, '7101', sites['www.site.test'][0], sites['shop.site.test'][0]];
    const server = lab.spawn('net', 'python3', [program('full-cone.py'), ...serve]);
    await server.until('be ready', () => server.log.includes('ready'));
    const heard = await python('home', 'full-cone.py', 'register', site4, '7101', '3');
    assert.equal(heard.trim(), '0');
    assert.equal((await sluice.counters())['udpFiltered'], 6);
    await server.stop();
  });

  describe('an uplink of 1400 bytes', () => {
    const setMtu = async (mtu: number): Promise<void> => {
      for (const end of ['home', 'net'] as const) {
        await lab.output(end, 'ip', ['link', 'set', uplink.device, 'mtu', String(mtu)]);
      }
    };
    before(() => setMtu(1400));
    after(() => setMtu(1500));

    // The relay's header goes before the datagram: 10 bytes with an IPv4 address, 22 with IPv6. The
    // way to it is IPv4, whose own header is 20 bytes shorter.
    const cases: readonly (readonly [string, string, number])[] = [
      ['DIRECT', site4, 1400],
      ['DIRECT', site6, 1400],
      ['dante', site4, 1390],
      ['dante', site6, 1398],
    ];
    for (const [upstream, address, mtu] of cases) {
      test(`a datagram that may not be fragmented is told of ${mtu} bytes: ${upstream} to ${address}`, async () => {
        await use(upstream);
        const payload = mtu - (address === site6 ? 48 : 28);
        for (const from of clients) {
          const said = await python(from, 'udp-mtu.py', address, String(ports.echo), '1440');
          assert.match(said, new RegExp(`too big for ${mtu}\nanswer ${payload} mtu ${mtu}`), said);
        }
      });
    }

    test('one that may be fragmented is', async () => {
      await use('DIRECT');
      const said = await python('guest', 'udp-mtu.py', site4, String(ports.echo), '1440', 'may');
      assert.match(said, /^answer 1440 /);
    });
  });

  describe('an uplink of 8 Mbit/s', () => {
    before(async () => {
      const shape = 'qdisc add dev eth0 root tbf rate 8mbit burst 16kb limit 1mb';
      await lab.output('home', 'tc', shape.split(' '));
    });
    after(() => lab.output('home', 'tc', 'qdisc del dev eth0 root'.split(' ')));

    const burst = async (count: number, port: string): Promise<number> => {
      const args = [program('udp-burst.py'), 'count', site4, port];
      const counter = lab.spawn('net', 'python3', args);
      await counter.until('be ready', () => counter.log.includes('ready'));
      await python('home', 'udp-burst.py', 'send', site4, port, String(count), '1200');
      await counter.exited;
      return Number(counter.log.replace('ready', ''));
    };

    test('what the socket does not take at once waits, and arrives', async () => {
      await use('DIRECT');
      assert.equal(await burst(400, '7200'), 400);
      assert.equal((await sluice.counters())['udpSendDropped'], 0);
    });

    test('more than may wait is dropped and counted', async () => {
      const arrived = await burst(3000, '7201');
      const dropped = (await sluice.counters())['udpSendDropped']!;
      assert.ok(dropped > 0 && arrived + dropped >= 2900, `${arrived} arrived, ${dropped} dropped`);
    });
  });
});
