import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { TunnelInfo } from '../../../../../core/api/network.ts';
import { parseLinks, parseNeighbours } from '../../../../../core/platform/linux/ip-output.ts';
import { describeMachine } from '../../../../../core/platform/linux/machine-network.ts';
import type { MachineSnapshot } from '../../../../../core/platform/linux/machine-network.ts';
import { parseRuleLines } from '../../../../../core/platform/linux/rule-lines.ts';

const tunnel: TunnelInfo = {
  device: 'sluice0',
  address4: '198.18.0.1/30',
  address6: '',
  resolver: '198.18.0.2',
  tableIndex: 2022,
  firstRule: 9000,
  lastRule: 9010,
};
const uplink = {
  device4: 'eth0',
  address4: '192.0.2.2',
  gateway4: '192.0.2.1',
  device6: '',
  address6: '',
  gateway6: '',
};
const view = { device: 'sluice0', tunnel, uplink };
const nothing: MachineSnapshot = { links: [], neighbours: [], routes: [], rules: [] };

const LINKS = [
  { ifname: 'lo', flags: ['LOOPBACK', 'UP', 'LOWER_UP'], mtu: 65536 },
  { ifname: 'eth0', flags: ['UP', 'LOWER_UP'], mtu: 1500 },
  { ifname: 'eth1', flags: ['UP'], mtu: 1500 },
  {
    ifname: 'veth1',
    flags: ['UP', 'LOWER_UP'],
    master: 'docker0',
    linkinfo: { info_kind: 'veth' },
  },
  { ifname: 'docker0', flags: ['UP', 'LOWER_UP'], linkinfo: { info_kind: 'bridge' } },
  { ifname: 'wg0', flags: [], linkinfo: { info_kind: 'wireguard' } },
  { ifname: 'sluice0', flags: ['UP', 'LOWER_UP'], linkinfo: { info_kind: 'tun' } },
];

test('each interface has its part, what matters most first', () => {
  const { interfaces } = describeMachine({ ...nothing, links: parseLinks(LINKS) }, view);
  assert.deepEqual(
    interfaces.map(({ name, role, state, zone }) => [name, role, state, zone]),
    [
      ['sluice0', 'tunnel', 'ready', null],
      ['eth0', 'uplink', 'ready', 'lan'],
      ['docker0', 'guests', 'ready', 'container'],
      ['wg0', 'vpn', 'down', null],
      ['eth1', 'network', 'no-carrier', 'lan'],
      ['lo', 'loopback', 'ready', null],
      ['veth1', 'port', 'ready', 'container'],
    ],
  );
});

test('only neighbours on interfaces with guests are told', () => {
  const neighbours = parseNeighbours([
    { dst: '172.17.0.2', dev: 'docker0', state: ['STALE'] },
    { dst: '172.17.0.3', dev: 'docker0', state: ['FAILED'] },
    { dst: 'fe80::1', dev: 'docker0', state: ['REACHABLE'] },
    { dst: '192.0.2.1', dev: 'eth0', state: ['REACHABLE'] },
  ]);
  const machine = describeMachine({ ...nothing, links: parseLinks(LINKS), neighbours }, view);
  assert.deepEqual(machine.neighbours, [{ address: '172.17.0.2', device: 'docker0' }]);
});

test('a policy rule is ours by its place and its mark', () => {
  const lines = [
    '0:\tfrom all lookup local',
    '5210:\tfrom all fwmark 0x80000/0xff0000 lookup main',
    '9002:\tnot from all dport 53 lookup main suppress_prefixlength 0 proto 83',
    '9003:\tfrom all lookup 77',
    '9010:\tfrom all nop proto 83',
    'nonsense',
    '',
  ];
  const rules = parseRuleLines(4, lines.join('\n'));
  const told = describeMachine({ ...nothing, rules }, view).rules;
  assert.deepEqual(
    told.map(({ priority, purpose, isSystem }) => [priority, purpose, isSystem]),
    [
      [0, null, true],
      [5210, null, false],
      [9002, 'specific', false],
      [9003, null, false],
      [9010, 'end', false],
    ],
  );
  assert.equal(told[2]?.text, 'not from all dport 53 lookup main suppress_prefixlength 0');
});

test('others are told without who made a rule, and so are ours', () => {
  const [own, other] = parseRuleLines(4, '9002:\tfrom all nop proto 83\n7:\tfrom all nop proto 16');
  assert.deepEqual([own?.text, own?.isOwn], ['from all nop', true]);
  assert.deepEqual([other?.text, other?.isOwn], ['from all nop', false]);
});

test('the same place has another purpose in IPv6', () => {
  const rules = parseRuleLines(6, '9005:\tfrom 8000::/1 iif lo goto 9010 proto 83\n');
  assert.equal(describeMachine({ ...nothing, rules }, view).rules[0]?.purpose, 'unbound');
});

test('what is too much is counted', () => {
  const links = parseLinks(Array.from({ length: 300 }, (_, n) => ({ ifname: `veth${n}` })));
  const rules = parseRuleLines(
    4,
    Array.from({ length: 250 }, (_, n) => `${n}:\tfrom all lookup main`).join('\n'),
  );
  const machine = describeMachine(
    { ...nothing, links, rules },
    { device: '', tunnel: null, uplink: null },
  );
  assert.equal(machine.interfaces.length, 200);
  assert.equal(machine.rules.length, 200);
  assert.equal(machine.omitted, 150);
});

test('whatever a system prints, nothing throws', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.array(fc.jsonValue()), fc.string(), (a, b, text) => {
      const links = parseLinks(a);
      const neighbours = parseNeighbours(b);
      const rules = parseRuleLines(4, text);
      describeMachine({ ...nothing, links, neighbours, rules }, view);
    }),
  );
});
