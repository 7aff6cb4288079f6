import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseLinks, parseRoutes } from '../../../../../core/platform/linux/ip-output.ts';
import { viewNetwork } from '../../../../../core/platform/linux/network-view.ts';
import type { NetworkView } from '../../../../../core/platform/linux/network-view.ts';

interface LinkSpec {
  readonly name: string;
  readonly kind?: string;
  readonly down?: boolean;
  readonly addresses: readonly string[];
}

/** Addresses as `address/bits` or `address/bits flag`; routes as `ip -json` prints them. */
function view(
  links: readonly LinkSpec[],
  routes: readonly Readonly<Record<string, unknown>>[],
  device = '',
): NetworkView {
  const entries = links.map(({ name, kind = '', down = false, addresses }) => ({
    ifname: name,
    flags: down ? [] : ['UP', 'LOWER_UP'],
    linkinfo: { info_kind: kind },
    addr_info: addresses.map((text) => {
      const [, local, bits, flag = 'x'] = /^(\S+)\/(\d+)(?: (\w+))?$/.exec(text) ?? [];
      return { local, prefixlen: Number(bits), scope: 'global', [flag]: true };
    }),
  }));
  const isSix = (route: Readonly<Record<string, unknown>>): boolean => route['six'] === true;
  return viewNetwork(
    {
      links: parseLinks(entries),
      routes: [
        ...parseRoutes(
          4,
          routes.filter((route) => !isSix(route)),
        ),
        ...parseRoutes(6, routes.filter(isSix)),
      ],
    },
    device,
  );
}

const eth0: LinkSpec = { name: 'eth0', addresses: ['192.0.2.5/24', '2001:db8::5/64'] };
const wlan0: LinkSpec = { name: 'wlan0', addresses: ['203.0.113.5/24'] };
const viaEth0 = { dst: 'default', gateway: '192.0.2.1', dev: 'eth0', metric: 100 };
const viaWlan0 = { dst: 'default', gateway: '203.0.113.1', dev: 'wlan0', metric: 600 };

test('the default route with the lowest metric is the uplink', () => {
  assert.equal(view([eth0, wlan0], [viaWlan0, viaEth0]).uplink?.device4, 'eth0');
});

test('of two equal default routes the first is the uplink', () => {
  const equal = { ...viaWlan0, metric: 100 };
  assert.equal(view([eth0, wlan0], [equal, viaEth0]).uplink?.device4, 'wlan0');
});

test('a default route over a TUN is no uplink', () => {
  const tun0 = { name: 'tun0', kind: 'tun', addresses: ['10.8.0.2/24'] };
  const viaTun = { dst: 'default', dev: 'tun0' };
  assert.equal(view([eth0, tun0], [viaTun, viaEth0]).uplink?.device4, 'eth0');
  assert.equal(view([tun0], [viaTun]).uplink, null);
});

test('a default route over WireGuard is an uplink', () => {
  const wg0 = { name: 'wg0', kind: 'wireguard', addresses: ['10.8.0.2/24'] };
  assert.equal(view([eth0, wg0], [{ dst: 'default', dev: 'wg0' }, viaEth0]).uplink?.device4, 'wg0');
});

test('a link that is down, dead or without an address is no uplink', () => {
  assert.equal(view([{ ...eth0, down: true }], [viaEth0]).uplink, null);
  assert.equal(view([eth0], [{ ...viaEth0, flags: ['linkdown'] }]).uplink, null);
  assert.equal(view([{ ...eth0, addresses: [] }], [viaEth0]).uplink, null);
  assert.equal(view([], [viaEth0]).uplink, null);
});

test('the interface that is asked for is the uplink, or there is none', () => {
  assert.equal(view([eth0, wlan0], [viaEth0, viaWlan0], 'wlan0').uplink?.device4, 'wlan0');
  assert.equal(view([eth0, wlan0], [viaEth0], 'wlan0').uplink, null);
});

test('the two families may leave by different devices', () => {
  const sit = { name: 'sit1', kind: 'sit', addresses: ['2001:db8:6::2/64'] };
  const six = { six: true, dst: 'default', dev: 'sit1', metric: 1024 };
  const { uplink, bindingFor } = view([eth0, sit], [viaEth0, six]);
  assert.deepEqual(uplink, {
    device4: 'eth0',
    address4: '192.0.2.5',
    gateway4: '192.0.2.1',
    device6: 'sit1',
    address6: '2001:db8:6::2',
    gateway6: '',
  });
  assert.deepEqual(bindingFor('2001:db8:ff::1'), {
    device: 'sit1',
    address4: '',
    address6: '2001:db8:6::2',
  });
});

test('the source is the one that the route prescribes', () => {
  const route = { ...viaEth0, prefsrc: '192.0.2.9' };
  assert.equal(view([eth0], [route]).uplink?.address4, '192.0.2.9');
});

test('the IPv4 source is in the network of the gateway', () => {
  const link = { name: 'eth0', addresses: ['10.0.0.5/8', '192.0.2.5/24'] };
  assert.equal(view([link], [viaEth0]).uplink?.address4, '192.0.2.5');
});

test('the IPv6 source is global, in use, and temporary where there is one', () => {
  const route = { six: true, dst: 'default', gateway: 'fe80::1', dev: 'eth0' };
  const source = (...addresses: string[]): string | undefined =>
    view([{ name: 'eth0', addresses }], [route]).uplink?.address6;
  assert.equal(source('fd00::5/64', '2001:db8::5/64'), '2001:db8::5');
  assert.equal(source('2001:db8::4/64 deprecated', '2001:db8::5/64'), '2001:db8::5');
  assert.equal(source('2001:db8::5/64', '2001:db8::7/64 temporary'), '2001:db8::7');
});

test('the IPv6 source towards a unique local network is unique local', () => {
  const link = { name: 'eth0', addresses: ['2001:db8::5/64', 'fd00::5/64'] };
  const { bindingFor } = view([link], [{ six: true, dst: 'fd00::/8', dev: 'eth0' }]);
  assert.equal(bindingFor('fd01::1')?.address6, 'fd00::5');
});

test('the longest route decides, then the metric', () => {
  const { bindingFor } = view(
    [eth0, wlan0],
    [
      viaEth0,
      { dst: '10.0.0.0/8', dev: 'eth0' },
      { dst: '10.1.0.0/16', dev: 'eth0', metric: 20 },
      { dst: '10.1.0.0/16', dev: 'wlan0', metric: 10 },
    ],
  );
  assert.equal(bindingFor('10.2.0.1')?.device, 'eth0');
  assert.equal(bindingFor('10.1.0.1')?.device, 'wlan0');
  assert.equal(bindingFor('198.51.100.1')?.device, 'eth0');
});

test('a route that leads nowhere at present is passed over', () => {
  const { bindingFor } = view(
    [eth0, { ...wlan0, down: true }],
    [viaEth0, { dst: '10.0.0.0/8', dev: 'wlan0' }],
  );
  assert.equal(bindingFor('10.0.0.1')?.device, 'eth0');
});

for (const type of ['unreachable', 'blackhole', 'prohibit']) {
  test(`a destination behind a route of type ${type} has no binding`, () => {
    const { bindingFor } = view([eth0], [viaEth0, { type, dst: '10.0.0.0/8' }]);
    assert.equal(bindingFor('10.0.0.1'), null);
  });
}

test('a destination of a family without an uplink has no binding', () => {
  assert.equal(view([eth0], [viaEth0]).bindingFor('2001:db8:ff::1'), null);
});

test('own addresses need no binding, in whatever spelling', () => {
  const { bindingFor } = view([eth0], [viaEth0]);
  const unbound = { device: '', address4: '', address6: '' };
  for (const own of ['192.0.2.5', '127.9.9.9', '2001:0db8:0::0005', '::ffff:192.0.2.5']) {
    assert.deepEqual(bindingFor(own), unbound, own);
  }
});

test('what is no address has no binding', () => {
  assert.equal(view([eth0], [viaEth0]).bindingFor('site.test'), null);
});
