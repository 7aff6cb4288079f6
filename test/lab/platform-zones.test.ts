/** Who sits behind which interface, with real bridges that come and go. */
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, test } from 'node:test';
import { PlatformLab, guest4, tunnelOptions, whyNot } from './platform-lab.ts';
import type { PlatformHost } from './platform-lab.ts';

describe('zones', { skip: whyNot() }, () => {
  let lab: PlatformLab;
  let host: PlatformHost;

  const zone = (address: string): Promise<string> => host.call<string>('zone', address);
  /** Waits until the platform has seen a change. */
  const becomes = async (address: string, expected: string): Promise<void> => {
    for (let look = 0; look < 100 && (await zone(address)) !== expected; look++) await sleep(50);
    assert.equal(await zone(address), expected, address);
  };

  before(async () => {
    lab = await PlatformLab.start();
    await lab.openTun();
    host = lab.openHost();
    await host.call('open');
    await host.call('watch', '');
  });
  after(() => lab.stop());

  test('own addresses are the host', async () => {
    for (const own of ['127.0.0.1', '192.0.2.2', '10.7.0.2', '::1', '2001:db8:2::2']) {
      assert.equal(await zone(own), 'host', own);
    }
  });

  test("the tunnel's own address is the host as soon as it is up", async () => {
    await host.call('up', tunnelOptions);
    assert.equal(await zone('198.18.0.1'), 'host');
    assert.equal(await zone('fdfe:dcba:9876::1'), 'host');
    assert.notEqual(await zone('198.18.0.2'), 'host');
  });

  test('what is beyond the uplink is the LAN, though its interface is a veth here', async () => {
    assert.equal(await zone('192.0.2.1'), 'lan');
    assert.equal(await zone('198.51.100.10'), 'lan');
    assert.equal(await zone('2001:db8:2::1'), 'lan');
  });

  test('a namespace behind a veth is a container', async () => {
    assert.equal(await zone(guest4), 'container');
    assert.equal(await zone('fd28:16::2'), 'container');
  });

  test('networks of container engines and hypervisors come and go', async () => {
    await becomes('172.17.0.2', 'lan');
    const plugInto = (bridge: string): string[] => [
      `link add p-${bridge} type veth peer name q-${bridge}`,
      `link set p-${bridge} master ${bridge} up`,
      `link set q-${bridge} up`,
    ];
    lab.ip(
      'home',
      'link add docker0 type bridge',
      'addr add 172.17.0.1/16 dev docker0',
      'addr add fd17::1/64 dev docker0 nodad',
      'link set docker0 up',
      ...plugInto('docker0'),
      'link add virbr0 type bridge',
      'addr add 192.168.122.1/24 dev virbr0',
      'link set virbr0 up',
      ...plugInto('virbr0'),
      'tuntap add dev tap7 mode tap',
      'link add made type bridge',
      'link set tap7 master made',
      'addr add 192.168.77.1/24 dev made',
      'link set made up',
      ...plugInto('made'),
    );
    await becomes('172.17.0.2', 'container');
    await becomes('fd17::2', 'container');
    await becomes('192.168.122.7', 'vm');
    await becomes('192.168.77.7', 'vm');
    await becomes('172.17.0.1', 'host');
    lab.ip(
      'home',
      ...['docker0', 'virbr0', 'made'].flatMap((name) => [
        `link del p-${name}`,
        `link del ${name}`,
      ]),
    );
    await becomes('172.17.0.2', 'lan');
    await becomes('192.168.77.7', 'lan');
  });

  test('pods behind routes of their own are containers', async () => {
    lab.ip(
      'home',
      'link add cali123 type veth peer name inside',
      'link set cali123 up',
      'link set inside up',
      'route add 10.244.0.9/32 dev cali123',
    );
    await becomes('10.244.0.9', 'container');
    assert.equal(await zone('10.244.0.10'), 'lan');
    lab.ip('home', 'link del cali123');
  });
});
