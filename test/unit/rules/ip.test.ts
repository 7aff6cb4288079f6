import assert from 'node:assert/strict';
import { isIP, isIPv6, SocketAddress } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatIp, formatPrefix, parseIp, parsePrefix, prefixContains } from '../../../rules/ip.ts';

const rejected = [
  ...['', '1', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '1.2.3.4 ', ' 1.2.3.4', '1..2.3'],
  ...['0x1.2.3.4', '1.2.3.-4', ':', ':::', '1:', ':1', '1::2::3', '1:2:3:4:5:6:7', 'g::'],
  ...['1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7::8', '12345::', '::1.2.3', '::1.2.3.4:5', '::1.2.3.256'],
  ...['fe80::1%eth0', '[::1]', '1:2:3:4:5:6:7:1.2.3.4', '::01.2.3.4'],
];
for (const text of rejected) {
  test(`${JSON.stringify(text)} is no address`, () => {
    assert.equal(parseIp(text), null);
  });
}

const canonical: [string, string][] = [
  ['0.0.0.0', '0.0.0.0'],
  ['255.255.255.255', '255.255.255.255'],
  ['::', '::'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['2001:DB8::1', '2001:db8::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['1:0:0:0:0:0:0:0', '1::'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ['::1.2.3.4', '::102:304'],
];
for (const [text, expected] of canonical) {
  test(`${text} is written ${expected}`, () => {
    const ip = parseIp(text);
    assert.ok(ip);
    assert.equal(formatIp(ip), expected);
  });
}

test('an IPv4-mapped address is the IPv4 address, however it is spelled', () => {
  const four = parseIp('192.0.2.33');
  assert.deepEqual(parseIp('::ffff:192.0.2.33'), four);
  assert.deepEqual(parseIp('::ffff:c000:221'), four);
  assert.deepEqual(parseIp('0:0:0:0:0:FFFF:c000:221'), four);
});

test('every IPv4 address survives formatting and parsing', () => {
  fc.assert(
    fc.property(fc.ipV4(), (text) => {
      const ip = parseIp(text);
      assert.ok(ip);
      assert.equal(formatIp(ip), text);
    }),
  );
});

test('IPv6 addresses are written as Node writes them', () => {
  fc.assert(
    fc.property(fc.ipV6(), (text) => {
      const ip = parseIp(text);
      assert.ok(ip, text);
      if (ip.family === 4) return;
      // Node keeps dotted decimal for IPv4-compatible addresses; RFC 5952 section 5 leaves it open.
      const node = new SocketAddress({ address: text, family: 'ipv6' }).address;
      if (!node.includes('.')) assert.equal(formatIp(ip), node);
      assert.deepEqual(parseIp(formatIp(ip)), ip);
    }),
  );
});

test('accepts exactly what Node accepts among texts that look like addresses', () => {
  const pieces = fc.constantFrom(
    '0',
    '1',
    'ff',
    '255',
    '256',
    '01',
    '.',
    ':',
    '::',
    'g',
    '1.2.3.4',
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
      const text = parts.join('');
      assert.equal(parseIp(text) !== null, isIP(text) !== 0, text);
      if (isIPv6(text)) assert.ok(parseIp(text));
    }),
    { numRuns: 2000 },
  );
});

test('a prefix loses the bits beyond its length', () => {
  for (const [text, expected] of [
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3/0', '0.0.0.0/0'],
    ['10.1.2.3/32', '10.1.2.3/32'],
    ['2001:db8:ffff::1/33', '2001:db8:8000::/33'],
    ['::ffff:10.1.2.3/104', '10.0.0.0/8'],
    ['::ffff:10.1.2.3/95', '::fffe:0:0/95'],
  ] as const) {
    const prefix = parsePrefix(text);
    assert.ok(prefix.ok, text);
    assert.equal(formatPrefix(prefix.value), expected);
  }
});

for (const [text, reason] of [
  ['10.0.0.0', /prefix length is missing: write 10\.0\.0\.0\/32/],
  ['::1', /write ::1\/128/],
  ['10.0.0.0/33', /from 0 to 32/],
  ['::/129', /from 0 to 128/],
  ['10.0.0.0/08', /not a prefix length/],
  ['10.0.0.0/', /not a prefix length/],
  ['10.0.0/8', /not an IP address/],
] as const) {
  test(`the prefix ${text} is refused with a reason`, () => {
    const prefix = parsePrefix(text);
    assert.ok(!prefix.ok);
    assert.match(prefix.reason, reason);
  });
}

test('a prefix contains an address whose leading bits are its own', () => {
  const bits = (text: string): string => {
    const ip = parseIp(text);
    assert.ok(ip);
    const words = [ip.w0, ip.w1, ip.w2, ip.w3].map((word) =>
      (word >>> 0).toString(2).padStart(32, '0'),
    );
    return ip.family === 4 ? (words[0] ?? '') : words.join('');
  };
  const address = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(address, address, fc.nat(128), (own, other, length) => {
      const prefix = parsePrefix(`${own}/${length}`);
      const ip = parseIp(other);
      if (!prefix.ok || ip === null) return;
      const sameFamily = prefix.value.ip.family === ip.family;
      const head = (text: string): string => bits(text).slice(0, prefix.value.length);
      const expected = sameFamily && head(own) === head(other);
      assert.equal(prefixContains(prefix.value, ip), expected);
    }),
  );
});

test('families do not mix: ::/0 contains no IPv4 address', () => {
  const all = parsePrefix('::/0');
  const four = parseIp('10.0.0.1');
  assert.ok(all.ok && four);
  assert.equal(prefixContains(all.value, four), false);
});
