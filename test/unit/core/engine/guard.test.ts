import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowGuard } from '../../../../core/engine/guard.ts';
import { parseIp } from '../../../../rules/ip.ts';

function check(address: string, { ipv6 = true, tunnel = ['198.18.0.1/30', 'fd00::1/126'] } = {}) {
  const guard = new FlowGuard();
  guard.setTunnel(tunnel);
  const ip = parseIp(address);
  assert.notEqual(ip, null, address);
  return ip === null ? null : (guard.check(ip, ipv6)?.error.code ?? null);
}

test('ordinary destinations pass', () => {
  for (const address of ['192.0.2.1', '10.0.0.1', '198.18.0.4', '223.255.255.255', '2001:db8::1']) {
    assert.equal(check(address), null, address);
  }
});

test('multicast, broadcast and no address at all reach nobody', () => {
  const nobody = ['224.0.0.251', '239.255.255.250', '255.255.255.255', '0.0.0.0', 'ff02::fb', '::'];
  for (const address of nobody) assert.equal(check(address), 'ERR_FLOW_MULTICAST', address);
});

test("the tunnel's own subnet is refused in both families", () => {
  for (const address of ['198.18.0.0', '198.18.0.2', '198.18.0.3', 'fd00::2']) {
    assert.equal(check(address), 'ERR_FLOW_OWN_SUBNET', address);
  }
});

test('a tunnel without IPv6 has no subnet there', () => {
  assert.equal(check('fd00::2', { tunnel: ['198.18.0.1/30', ''] }), null);
});

test('"ipv6: false" refuses IPv6 and nothing else', () => {
  assert.equal(check('2001:db8::1', { ipv6: false }), 'ERR_FLOW_IPV6_OFF');
  assert.equal(check('192.0.2.1', { ipv6: false }), null);
});
