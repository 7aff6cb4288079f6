/** The uplink is found, followed when it changes, and own sockets are bound by it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { Binding } from '../../core/native/binding.d.ts';
import type { Uplink } from '../../core/platform/platform.ts';
import {
  PlatformLab,
  far4,
  far6,
  guest4,
  lan4,
  lan6,
  tunnelOptions,
  whyNot,
} from './platform-lab.ts';
import type { PlatformHost, TunEcho } from './platform-lab.ts';

/** Pids of the `ip monitor` of a process. */
function monitorsOf(pid: number): string[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
  return children.filter((child) => child !== '' && commandOf(child).includes('\0monitor\0'));
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

describe('the uplink on Linux', { skip: whyNot() }, () => {
  let lab: PlatformLab;
  let tun: TunEcho;
  let host: PlatformHost;

  const eth0: Uplink = {
    device4: 'eth0',
    address4: '192.0.2.2',
    gateway4: '192.0.2.1',
    device6: 'eth0',
    address6: '2001:db8:2::2',
    gateway6: '2001:db8:2::1',
  };
  const binding = (address: string): Promise<Binding | null> => host.call('binding', address);

  before(async () => {
    lab = await PlatformLab.start();
    tun = await lab.openTun();
    host = lab.openHost();
    await host.call('open');
  });
  after(() => lab.stop());
  beforeEach(() => host.call('watch', ''));
  afterEach(async () => {
    await host.call('down');
    const { namespace } = lab.place('home');
    const flush = [
      'address flush dev eth0',
      '-4 route flush exact default',
      '-6 route flush exact default',
    ];
    for (const line of flush) execFileSync('ip', ['-n', namespace, ...line.split(' ')]);
    lab.ip(
      'home',
      'link set eth0 up',
      'addr add 192.0.2.2/24 dev eth0',
      'addr add 2001:db8:2::2/64 dev eth0 nodad',
      'route add default via 192.0.2.1 metric 100',
      'route add default via 2001:db8:2::1 metric 1024',
    );
  });

  test('is the default route of each family', async () => {
    assert.deepEqual(await host.call('uplink'), eth0);
  });

  test('is still the same when the tunnel is up', async () => {
    await host.call('up', tunnelOptions);
    await host.call('watch', '');
    assert.deepEqual(await host.call('uplink'), eth0);
  });

  test('is never a TUN, however good its default route is', async () => {
    lab.ip(
      'home',
      'link set sluice0 up',
      'addr add 10.8.0.1/24 dev sluice0',
      'route add default dev sluice0',
    );
    try {
      await host.call('watch', '');
      assert.equal((await host.call<Uplink>('uplink')).device4, 'eth0');
    } finally {
      lab.ip('home', 'addr del 10.8.0.1/24 dev sluice0');
    }
  });

  test('is the interface that was asked for', async () => {
    lab.ip('home', 'route add default via 203.0.113.1 metric 900');
    await host.call('watch', 'eth1');
    const uplink = await host.call<Uplink>('uplink');
    assert.equal(uplink.address4, '203.0.113.2');
    assert.equal(uplink.device6, '');
  });

  test('changes when a better default route appears', async () => {
    lab.ip('home', 'route add default via 203.0.113.1 metric 50');
    const uplink = await host.uplinkUntil((next) => next?.device4 === 'eth1');
    assert.deepEqual(uplink, {
      ...eth0,
      device4: 'eth1',
      address4: '203.0.113.2',
      gateway4: '203.0.113.1',
    });
    assert.equal((await binding(far4))?.device, 'eth1');
  });

  test('changes with its address', async () => {
    lab.ip(
      'home',
      'addr del 192.0.2.2/24 dev eth0',
      'addr add 192.0.2.77/24 dev eth0',
      'route add default via 192.0.2.1',
    );
    await host.uplinkUntil((uplink) => uplink?.address4 === '192.0.2.77');
    assert.equal((await binding(far4))?.address4, '192.0.2.77');
  });

  test('is none while the link is down', async () => {
    lab.ip('home', 'link set eth0 down');
    await host.uplinkUntil((uplink) => uplink === null);
    assert.equal(await binding(far4), null);
  });

  test('is none while the cable is out', async () => {
    lab.ip('net', 'link set eth0 down');
    try {
      await host.uplinkUntil((uplink) => uplink === null);
    } finally {
      lab.ip('net', 'link set eth0 up', 'addr replace 2001:db8:2::1/64 dev eth0 nodad');
    }
    await host.uplinkUntil((uplink) => uplink?.device4 === 'eth0');
  });

  test('is followed after the monitor has died', async () => {
    const [first] = monitorsOf(host.pid);
    process.kill(Number(first), 'SIGKILL');
    lab.ip('home', 'route del default via 192.0.2.1');
    await host.uplinkUntil((uplink) => uplink?.device4 === '');
    const [second] = monitorsOf(host.pid);
    assert.ok(second !== undefined && second !== first);
    lab.ip('home', 'route add default via 192.0.2.1');
    await host.uplinkUntil((uplink) => uplink?.device4 === 'eth0');
  });

  test('is no longer watched after close', async () => {
    const other = lab.openHost(join(lab.folder, 'other'));
    await other.call('open');
    await other.call('watch', '');
    await other.call('close');
    // It has been told to end, which takes a moment.
    while (monitorsOf(other.pid).length > 0) await delay(20);
    await other.end();
  });

  test('binds own sockets to the internet', async () => {
    assert.deepEqual(await binding(far4), { device: 'eth0', address4: '192.0.2.2', address6: '' });
    assert.deepEqual(await binding(far6), {
      device: 'eth0',
      address4: '',
      address6: '2001:db8:2::2',
    });
  });

  test('does not bind own sockets into the LAN, to guests and to this machine', async () => {
    assert.deepEqual(await binding(lan4), { device: 'lan0', address4: '10.7.0.2', address6: '' });
    assert.deepEqual(await binding(lan6), { device: 'lan0', address4: '', address6: 'fd07::2' });
    assert.equal((await binding(guest4))?.device, 'guest0');
    const unbound = { device: '', address4: '', address6: '' };
    assert.deepEqual(await binding('127.0.0.53'), unbound);
    assert.deepEqual(await binding('::1'), unbound);
    assert.deepEqual(await binding('203.0.113.2'), unbound);
  });

  test('has no way to the subnet of the tunnel', async () => {
    await host.call('up', tunnelOptions);
    assert.equal(await binding('198.18.0.2'), null);
  });

  test('has no way where a route refuses the destination', async () => {
    lab.ip('home', 'route add unreachable 198.51.100.0/24');
    try {
      await host.call('watch', '');
      assert.equal(await binding(far4), null);
    } finally {
      lab.ip('home', 'route del unreachable 198.51.100.0/24');
    }
  });

  test('a socket bound as told reaches its destination past the tunnel', async () => {
    await host.call('up', tunnelOptions);
    for (const [address, answer] of [
      [far4, 'net'],
      [far6, 'net'],
      [lan4, 'lan'],
      [lan6, 'lan'],
    ] as const) {
      const how = await binding(address);
      assert.ok(how);
      const bind = how.address4 || how.address6;
      assert.equal(await lab.ask('home', address, { bind }), answer);
      assert.equal(await lab.ask('home', address, { bind, device: how.device }), answer);
    }
    assert.deepEqual(
      tun.packets.filter((line) => line.startsWith('udp')),
      [],
    );
  });
});
