import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planTunnel } from '../../../../../core/platform/linux/tunnel-plan.ts';
import type { PlanInput } from '../../../../../core/platform/linux/tunnel-plan.ts';

const input: PlanInput = {
  device: 'sluice0',
  mtu: 1500,
  address: { 4: '198.18.0.1/30', 6: 'fdfe:dcba:9876::1/126' },
  mode: { 4: 'open', 6: 'open' },
  autoRoute: true,
  routeAddress: [],
  routeExcludeAddress: [],
  fakeRanges: [],
  tableIndex: 2022,
  ruleIndex: 9000,
};

const fakeRanges = ['198.18.0.0/16', 'fc00:18::/32'];

function lines(changes: Partial<PlanInput> = {}): string[] {
  return planTunnel({ ...input, ...changes }).map(({ family, add }) => `${family} ${add}`);
}

test('every rule and route bears our protocol', () => {
  for (const line of lines({ routeExcludeAddress: ['10.0.0.0/8', 'fd00::/8'] })) {
    if (/^. (rule|route) /.test(line)) assert.match(line, / protocol 83( dev sluice0)?$/);
  }
});

test('every rule is within our priorities and every route in our table', () => {
  for (const line of lines({ ruleIndex: 7000, tableIndex: 77 })) {
    if (line.includes(' rule ')) assert.match(line, /priority 70(0\d|10) /);
    if (line.includes(' route ')) assert.match(line, /table 77 /);
  }
});

test('the rules that capture come last, so that no state on the way cuts the machine off', () => {
  const captures = (line: string): boolean => /rule .*lookup 2022/.test(line) && !/ to /.test(line);
  for (const family of ['4', '6']) {
    const own = lines().filter((line) => line.startsWith(`${family} rule`));
    assert.ok(own.findIndex((line) => line.includes(' nop ')) < own.findIndex(captures));
    assert.ok(own.findIndex((line) => line.includes('suppress')) < own.findIndex(captures));
  }
});

test('no two rules of a family have the same priority, but for those of equal weight', () => {
  const keys = lines({ fakeRanges })
    .filter((line) => !/ 9000 to /.test(line))
    .flatMap((line) => /^. rule add priority \d+/.exec(line)?.[0] ?? []);
  assert.equal(new Set(keys).size, keys.length);
});

test('without auto-route only the device is set up', () => {
  assert.deepEqual(lines({ autoRoute: false }), [
    '4 link set sluice0 addrgenmode none',
    '4 link set sluice0 mtu 1500 txqueuelen 10000 up',
    '4 address add 198.18.0.1/30 dev sluice0 noprefixroute',
    '6 address add fdfe:dcba:9876::1/126 dev sluice0 noprefixroute nodad',
  ]);
});

test('a kernel without IPv6 is asked for nothing of IPv6', () => {
  const plan = lines({ address: { 4: '198.18.0.1/30', 6: '' }, mode: { 4: 'open', 6: 'absent' } });
  assert.deepEqual(
    plan.filter((line) => line.startsWith('6') || line.includes('addrgenmode')),
    [],
  );
});

test('what is said twice is one route', () => {
  const routes = lines({ routeAddress: ['10.0.0.0/8', '10.1.1.1/8'] }).filter((line) =>
    /10\.0\.0\.0/.test(line),
  );
  assert.equal(routes.length, 1);
});

test('an exclusion of everything leaves only the subnet of the tunnel', () => {
  const into = lines({ routeExcludeAddress: ['0.0.0.0/0'] }).filter((line) =>
    /^4 route .* dev /.test(line),
  );
  assert.deepEqual(into, [
    '4 route replace unicast 198.18.0.0/30 table 2022 protocol 83 dev sluice0',
  ]);
});

test('a network that is none is an error', () => {
  assert.throws(() => lines({ routeAddress: ['10.0.0.0/33'] }), { code: 'ERR_TUN_OPTIONS' });
  assert.throws(() => lines({ routeExcludeAddress: ['default table 254'] }), {
    code: 'ERR_TUN_OPTIONS',
  });
});

test('fake addresses enter the tunnel before any route of the LAN is looked at', () => {
  const plan = lines({ fakeRanges, routeAddress: ['10.0.0.0/8'] });
  for (const [family, range] of [
    ['4', '198.18.0.0/16'],
    ['6', 'fc00:18::/32'],
  ] as const) {
    assert.ok(
      plan.includes(`${family} rule add priority 9000 to ${range} lookup 2022 protocol 83`),
    );
    assert.ok(
      plan.includes(`${family} route replace unicast ${range} table 2022 protocol 83 dev sluice0`),
    );
  }
});

test('an exclusion does not reach into the fake addresses', () => {
  const excluded = ['198.18.0.0/15', '198.18.0.0/16', '198.18.7.0/24', 'fc00:18:1::/48'];
  const plan = lines({ fakeRanges, routeExcludeAddress: excluded });
  const thrown = plan.flatMap((line) => /route replace throw (\S+)/.exec(line)?.[1] ?? []);
  assert.deepEqual(thrown.toSorted(), ['198.18.0.0/15', '224.0.0.0/4', '255.255.255.255/32']);
  assert.ok(plan.some((line) => line.includes('unicast 198.18.0.0/16 ')));
});

test('where IPv6 is refused its fake addresses are refused, too', () => {
  const plan = lines({
    fakeRanges,
    routeAddress: ['2001:db8::/32'],
    address: { 4: '198.18.0.1/30', 6: '' },
    mode: { 4: 'open', 6: 'refused' },
  });
  assert.ok(plan.includes('6 route replace unreachable fc00:18::/32 table 2022 protocol 83'));
});
