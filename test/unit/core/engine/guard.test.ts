import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowGuard } from '../../../../core/engine/guard.ts';
import { Hijack } from '../../../../core/engine/hijack.ts';
import type { FlowDns } from '../../../../core/engine/in-force.ts';
import { configOf } from '../config/check.ts';
import { parseIp } from '../../../../rules/ip.ts';

interface Options {
  readonly yaml?: string;
  readonly tunnel?: readonly string[];
  readonly network?: 'tcp' | 'udp';
  readonly port?: number;
  /** Whether queries are answered. */
  readonly answers?: boolean;
}

/** The code of the refusal, `query`, or null. */
function check(dst: string, options: Options = {}): string | null {
  const { yaml = 'mode: rule', tunnel = ['198.18.0.1/30', 'fd00::1/126'] } = options;
  const { network = 'tcp', port = 443, answers = true } = options;
  const config = configOf(yaml);
  const guard = new FlowGuard();
  guard.setTunnel(tunnel);
  const verdict = guard.check({ network, dst, dstPort: port }, parseIp(dst)!, {
    config,
    dns: answers ? NO_DNS : null,
    hijack: new Hijack(config.tun.dnsHijack),
  });
  return typeof verdict === 'string' ? verdict : (verdict?.error.code ?? null);
}

const NO_DNS: FlowDns = {
  answer: () => null,
  names: {
    lookup: () => null,
    isFake: () => false,
    hold: () => undefined,
    release: () => undefined,
  },
};

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
  assert.equal(check('2001:db8::1', { yaml: 'ipv6: false' }), 'ERR_FLOW_IPV6_OFF');
  assert.equal(check('192.0.2.1', { yaml: 'ipv6: false' }), null);
});

test('every query is for us, over UDP and TCP, whoever was asked', () => {
  for (const network of ['udp', 'tcp'] as const) {
    assert.equal(check('192.0.2.53', { network, port: 53 }), 'query');
    assert.equal(check('2001:db8::53', { network, port: 53 }), 'query');
    assert.equal(check('198.18.0.2', { network, port: 53 }), 'query');
    assert.equal(check('192.0.2.53', { network, port: 853 }), null);
  }
});

test('dns-hijack says which; the tunnel itself is always asked', () => {
  const yaml = 'tun: {dns-hijack: ["8.8.8.8:53", "tcp://[2001:db8::53]:5353"]}';
  assert.equal(check('8.8.8.8', { yaml, network: 'udp', port: 53 }), 'query');
  assert.equal(check('8.8.8.8', { yaml, network: 'tcp', port: 53 }), null);
  assert.equal(check('192.0.2.53', { yaml, network: 'udp', port: 53 }), null);
  assert.equal(check('2001:db8::53', { yaml, network: 'tcp', port: 5353 }), 'query');
  assert.equal(check('198.18.0.2', { yaml, network: 'udp', port: 53 }), 'query');
});

test('with dns.enable: false a query is a flow like any other', () => {
  assert.equal(check('192.0.2.53', { network: 'udp', port: 53, answers: false }), null);
  assert.equal(
    check('198.18.0.2', { network: 'udp', port: 53, answers: false }),
    'ERR_FLOW_OWN_SUBNET',
  );
});

test('"ipv6: false" refuses queries over IPv6, too', () => {
  const options = { yaml: 'ipv6: false', network: 'udp', port: 53 } as const;
  assert.equal(check('2001:db8::53', options), 'ERR_FLOW_IPV6_OFF');
});
