import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLinks, parseRoutes } from '../../../../../core/platform/linux/ip-output.ts';
import type { NetworkSnapshot } from '../../../../../core/platform/linux/network-view.ts';
import {
  assertFakeRanges,
  chooseTunnelAddress,
  peerOf,
} from '../../../../../core/platform/linux/tunnel-address.ts';

function snapshot(address: string, bits: number, ...destinations: string[]): NetworkSnapshot {
  const addresses = [{ local: address, prefixlen: bits, scope: 'global' }];
  return {
    links: parseLinks([{ ifname: 'eth0', addr_info: addresses }]),
    routes: parseRoutes(
      4,
      destinations.map((dst) => ({ dst, dev: 'eth1' })),
    ),
  };
}

const quiet = snapshot('192.0.2.5', 24, 'default');

test('the usual addresses are those of mihomo, without a word', () => {
  assert.deepEqual(chooseTunnelAddress(4, '', quiet, 'sluice0'), {
    address: '198.18.0.1/30',
    notice: '',
  });
  assert.deepEqual(chooseTunnelAddress(6, '', quiet, 'sluice0'), {
    address: 'fdfe:dcba:9876::1/126',
    notice: '',
  });
});

test('an address of another interface is avoided, and the notice names it', () => {
  const { address, notice } = chooseTunnelAddress(4, '', snapshot('198.18.0.9', 16), 'sluice0');
  assert.equal(address, '198.19.255.253/30');
  assert.match(
    notice,
    /^eth0 already uses the network of 198\.18\.0\.1\/30.*198\.19\.255\.253\/30/,
  );
});

test('a route is avoided', () => {
  const routed = snapshot('192.0.2.5', 24, '198.18.0.0/15');
  assert.equal(chooseTunnelAddress(4, '', routed, 'sluice0').address, '172.31.255.253/30');
});

test('the two halves of the internet that a VPN routes are no collision', () => {
  const halves = snapshot('192.0.2.5', 24, '0.0.0.0/1', '128.0.0.0/1');
  assert.equal(chooseTunnelAddress(4, '', halves, 'sluice0').notice, '');
});

test('addresses of the tunnel itself are no collision', () => {
  assert.equal(
    chooseTunnelAddress(4, '', snapshot('198.18.0.1', 30), 'eth0').address,
    '198.18.0.1/30',
  );
});

test('the address that is asked for is taken as it is', () => {
  assert.equal(chooseTunnelAddress(4, '10.9.0.1/24', quiet, 'sluice0').address, '10.9.0.1/24');
});

test('an address that is asked for but in use is an error that says by whom', () => {
  assert.throws(() => chooseTunnelAddress(4, '192.0.2.77/30', quiet, 'sluice0'), {
    code: 'ERR_TUN_ADDRESS',
    message: /eth0/,
  });
});

test('an address of the other family is an error', () => {
  assert.throws(() => chooseTunnelAddress(6, '10.9.0.1/24', quiet, 'sluice0'), {
    code: 'ERR_TUN_ADDRESS',
  });
});

test('a machine that uses every candidate is an error', () => {
  const full = snapshot(
    '192.0.2.5',
    24,
    '198.18.0.0/15',
    '172.16.0.0/12',
    '10.0.0.0/8',
    '192.168.0.0/16',
    '100.64.0.0/10',
  );
  assert.throws(() => chooseTunnelAddress(4, '', full, 'sluice0'), { code: 'ERR_TUN_ADDRESS' });
});

test('the other end of the tunnel is beside ours', () => {
  for (const [own, peer] of [
    ['198.18.0.1/30', '198.18.0.2'],
    ['198.19.255.253/30', '198.19.255.254'],
    ['198.18.0.2/30', '198.18.0.1'],
    ['10.0.0.254/24', '10.0.0.253'],
    ['10.0.0.0/31', '10.0.0.1'],
    ['10.0.0.1/31', '10.0.0.0'],
    ['10.0.0.1/32', null],
    ['', null],
  ] as const) {
    assert.equal(peerOf(own), peer, own);
  }
});

test('fake addresses that nobody has are fine, also around those of the tunnel itself', () => {
  const own = snapshot('198.18.0.1', 30);
  assertFakeRanges(['198.18.0.0/16', 'fc00:18::/32'], own, 'eth0');
  assertFakeRanges(['203.0.113.0/24'], snapshot('192.0.2.5', 24, '0.0.0.0/1'), 'sluice0');
});

test('fake addresses that are in use name who has them and what to set', () => {
  const lan = snapshot('198.18.7.1', 24, '10.0.0.0/8');
  const fails = (range: string, message: RegExp): void =>
    assert.throws(() => assertFakeRanges([range], lan, 'sluice0'), {
      code: 'ERR_FAKE_RANGE',
      message,
    });
  fails('198.18.0.0/16', /eth0 has that network.*dns\.fake-ip-range /);
  fails('10.1.0.0/16', /a route by eth1 has that network/);
});
