import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  parseLinks,
  parseRoutes,
  parseRules,
  parseWay,
} from '../../../../../core/platform/linux/ip-output.ts';
import { formatPrefix } from '../../../../../rules/ip.ts';

test('a link has its kind, its state and its addresses', () => {
  const [link] = parseLinks([
    {
      ifname: 'wg0',
      master: 'bond0',
      flags: ['UP', 'LOWER_UP'],
      mtu: 1420,
      linkinfo: { info_kind: 'wireguard' },
      addr_info: [{ local: '10.8.0.2', prefixlen: 24, scope: 'global' }],
    },
  ]);
  assert.ok(link);
  assert.deepEqual(
    {
      ...link,
      addresses: link.addresses.map(({ prefix, ...rest }) => ({
        ...rest,
        prefix: formatPrefix(prefix),
      })),
    },
    {
      name: 'wg0',
      kind: 'wireguard',
      isTap: false,
      master: 'bond0',
      up: true,
      running: true,
      isLoopback: false,
      mtu: 1420,
      addresses: [
        { family: 4, address: '10.8.0.2', prefix: '10.8.0.0/24', usable: true, temporary: false },
      ],
    },
  );
});

for (const flag of ['tentative', 'dadfailed', 'deprecated']) {
  test(`an address that is ${flag} is no source`, () => {
    const info = { local: '2001:db8::5', prefixlen: 64, scope: 'global', [flag]: true };
    assert.equal(
      parseLinks([{ ifname: 'eth0', addr_info: [info] }])[0]?.addresses[0]?.usable,
      false,
    );
  });
}

test('a link-local address is no source for the internet', () => {
  const info = { local: 'fe80::1', prefixlen: 64, scope: 'link' };
  assert.equal(parseLinks([{ ifname: 'eth0', addr_info: [info] }])[0]?.addresses[0]?.usable, false);
});

test('a route with several next hops is several routes', () => {
  const routes = parseRoutes(4, [
    {
      dst: 'default',
      metric: 100,
      prefsrc: '192.0.2.5',
      nexthops: [
        { gateway: '192.0.2.1', dev: 'eth0', flags: [] },
        { gateway: '203.0.113.1', dev: 'eth1', flags: ['linkdown'] },
      ],
    },
  ]);
  assert.deepEqual(
    routes.map(({ device, gateway, source, metric, dead }) => ({
      device,
      gateway,
      source,
      metric,
      dead,
    })),
    [
      { device: 'eth0', gateway: '192.0.2.1', source: '192.0.2.5', metric: 100, dead: false },
      { device: 'eth1', gateway: '203.0.113.1', source: '192.0.2.5', metric: 100, dead: true },
    ],
  );
});

test('destinations are networks, hosts and the default', () => {
  const prefixes = (family: 4 | 6, ...destinations: string[]): string[] =>
    parseRoutes(
      family,
      destinations.map((dst) => ({ dst })),
    ).map(({ prefix }) => formatPrefix(prefix));
  assert.deepEqual(prefixes(4, 'default', '10.0.0.0/8', '10.1.2.3'), [
    '0.0.0.0/0',
    '10.0.0.0/8',
    '10.1.2.3/32',
  ]);
  assert.deepEqual(prefixes(6, 'default', 'fd00::/8', '2001:db8::1'), [
    '::/0',
    'fd00::/8',
    '2001:db8::1/128',
  ]);
});

test('an IPv4 route by an IPv6 gateway keeps the gateway', () => {
  const route = { dst: 'default', via: { family: 'inet6', host: 'fe80::1' }, dev: 'eth0' };
  assert.equal(parseRoutes(4, [route])[0]?.gateway, 'fe80::1');
});

test('the device of a rule counts only while it exists', () => {
  const rules = parseRules([
    { priority: 9001, iif: 'sluice0', protocol: '83' },
    { priority: 9001, iif: 'sluice0', iif_detached: null, protocol: '83' },
  ]);
  assert.deepEqual(rules, [
    { priority: 9001, iif: 'sluice0', protocol: '83' },
    { priority: 9001, iif: '', protocol: '83' },
  ]);
});

test('whatever is printed, nothing is thrown', () => {
  const field = fc.constantFrom(
    'ifname',
    'addr_info',
    'local',
    'prefixlen',
    'dst',
    'nexthops',
    'flags',
    'priority',
    'iif',
    'via',
  );
  const entry = fc.dictionary(field, fc.anything());
  fc.assert(
    fc.property(fc.array(fc.oneof(entry, fc.anything())), (entries) => {
      parseLinks(entries);
      parseRoutes(4, entries);
      parseRoutes(6, entries);
      parseRules(entries);
    }),
    { numRuns: 300 },
  );
});

test('the way that the kernel chooses, and none', () => {
  assert.deepEqual(parseWay([{ dst: '192.0.0.8', dev: 'sluice0', table: '2022' }]), {
    kind: 'device',
    device: 'sluice0',
  });
  assert.deepEqual(parseWay([{ type: 'unreachable', dst: '100::8', dev: 'lo' }]), {
    kind: 'refused',
  });
  assert.deepEqual(parseWay([]), { kind: 'refused' });
});
