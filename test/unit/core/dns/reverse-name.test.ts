import assert from 'node:assert/strict';
import test from 'node:test';
import { addressOfReverseName } from '../../../../core/dns/reverse-name.ts';
import { formatIp, parseIp } from '../../../../rules/ip.ts';

test('reverse names stand for addresses of both families', () => {
  assert.equal(addressOfReverseName('4.0.18.198.in-addr.arpa'), '198.18.0.4');
  const digits = '4.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.6.7.8.9.a.b.c.d.e.f.d.f';
  const address = addressOfReverseName(`${digits}.ip6.arpa`);
  assert.equal(formatIp(parseIp(address ?? '')!), 'fdfe:dcba:9876::4');
});

test('what stands for a network, or for nothing, is no address', () => {
  for (const name of [
    ...['0.18.198.in-addr.arpa', '1.2.3.4.5.in-addr.arpa', '01.0.18.198.in-addr.arpa'],
    ...['a.0.18.198.in-addr.arpa', 'in-addr.arpa', '1.2.ip6.arpa', 'site.test', ''],
  ]) {
    assert.equal(addressOfReverseName(name), null, name);
  }
});
