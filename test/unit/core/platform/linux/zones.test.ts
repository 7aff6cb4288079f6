import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLinks } from '../../../../../core/platform/linux/ip-output.ts';
import type { Link } from '../../../../../core/platform/linux/ip-output.ts';
import { zonesOf } from '../../../../../core/platform/linux/zones.ts';

/** As `ip -details -json` prints them: name, kind, and what it is plugged into. */
function links(...specs: [name: string, kind: string, master?: string][]): Link[] {
  return parseLinks(
    specs.map(([ifname, kind, master]) => ({
      ifname,
      flags: ['UP'],
      ...(master === undefined ? {} : { master }),
      linkinfo:
        kind === 'tap'
          ? { info_kind: 'tun', info_data: { type: 'tap' } }
          : { info_kind: kind, info_data: { type: 'tun' } },
    })),
  );
}

const zone = (name: string, ...specs: Parameters<typeof links>): string | undefined =>
  zonesOf(links(...specs), []).get(name);

for (const name of [
  ...['docker0', 'br-0123456789ab', 'podman0', 'podman1', 'cni0', 'cni-podman0', 'cbr0'],
  ...['lxcbr0', 'lxdbr0', 'incusbr0', 'nerdctl0', 'waydroid0'],
]) {
  test(`a bridge called ${name} has containers behind it, even while it is empty`, () => {
    assert.equal(zone(name, [name, 'bridge']), 'container');
  });
}

for (const name of ['virbr0', 'mpqemubr0']) {
  test(`a bridge called ${name} has virtual machines behind it`, () => {
    assert.equal(zone(name, [name, 'bridge']), 'vm');
  });
}

for (const name of ['vmnet8', 'vboxnet0']) {
  test(`${name}, which tells no kind, has virtual machines behind it`, () => {
    assert.equal(zone(name, [name, '']), 'vm');
  });
}

test('a bridge of another name is judged by its ports', () => {
  const ofVeth: [string, string, string] = ['veth1', 'veth', 'br0'];
  const ofTap: [string, string, string] = ['tap1', 'tap', 'br0'];
  assert.equal(zone('br0', ['br0', 'bridge'], ofVeth), 'container');
  assert.equal(zone('br0', ['br0', 'bridge'], ofTap), 'vm');
  assert.equal(zone('br0', ['br0', 'bridge'], ofVeth, ofTap), 'vm');
  assert.equal(zone('br0', ['br0', 'bridge']), undefined);
});

test('a bridge into the LAN is the LAN', () => {
  const bridge = [
    ['br0', 'bridge'],
    ['eth0', '', 'br0'],
    ['tap0', 'tap', 'br0'],
  ] as const;
  assert.equal(
    zone('br0', ...bridge.map((spec) => [...spec] as [string, string, string])),
    undefined,
  );
});

test('a veth and a tap that are plugged into nothing have their guest behind them', () => {
  assert.equal(zone('ve-web', ['ve-web', 'veth']), 'container');
  assert.equal(zone('tap0', ['tap0', 'tap']), 'vm');
});

test('hardware, VPNs and Wi-Fi have the LAN behind them', () => {
  for (const [name, kind] of [
    ['eth0', ''],
    ['wlan0', ''],
    ['wg0', 'wireguard'],
    ['tun0', 'tun'],
    ['eth0.7', 'vlan'],
  ] as const) {
    assert.equal(zone(name, [name, kind]), undefined, name);
  }
});

test('names that only look alike are no container engine', () => {
  assert.equal(zone('br-guests', ['br-guests', 'bridge']), undefined);
  assert.equal(zone('dock', ['dock', 'bridge']), undefined);
});

test('the way out of a machine that is a container itself leads to no container of its own', () => {
  const own = links(['eth0', 'veth'], ['veth7', 'veth']);
  assert.deepEqual([...zonesOf(own, ['eth0', ''])], [['veth7', 'container']]);
});
