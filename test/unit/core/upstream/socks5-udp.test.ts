import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toEndpoint } from '../../../../core/upstream/endpoint.ts';
import { parseUdpDatagram, udpHeader } from '../../../../core/upstream/socks5-udp.ts';

const header = (host: string, port: number): string => {
  const endpoint = toEndpoint({ host, port });
  assert.ok(endpoint !== null);
  return udpHeader(endpoint).toString('hex');
};

test('headers are those of RFC 1928 section 7', () => {
  assert.equal(header('192.0.2.1', 53), '00000001c00002010035');
  assert.equal(header('2001:db8::1', 53), '0000000420010db80000000000000000000000010035');
  assert.equal(header('a.test', 53), '0000000306612e746573740035');
});

const endpoints = fc
  .record({
    host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
    port: fc.integer({ min: 1, max: 65535 }),
  })
  .map(toEndpoint)
  .filter((endpoint) => endpoint !== null);

test('what was written is read back', () => {
  fc.assert(
    fc.property(endpoints, fc.uint8Array({ maxLength: 2000 }), (endpoint, payload) => {
      const datagram = parseUdpDatagram(Buffer.concat([udpHeader(endpoint), payload]));
      assert.deepEqual(datagram?.source, endpoint);
      assert.deepEqual(datagram.payload, Buffer.from(payload));
    }),
  );
});

test('a truncated header is dropped', () => {
  fc.assert(
    fc.property(endpoints, fc.nat(), (endpoint, cut) => {
      const bytes = udpHeader(endpoint);
      assert.equal(parseUdpDatagram(bytes.subarray(0, cut % bytes.length)), null);
    }),
  );
});

test('anything at all is parsed or dropped', () => {
  const almost = fc
    .tuple(
      fc.constantFrom(0, 0, 0, 1),
      fc.constantFrom(1, 3, 4, 5),
      fc.uint8Array({ maxLength: 40 }),
    )
    .map(([fragment, type, rest]) => Buffer.from([0, 0, fragment, type, ...rest]));
  const anything = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(almost, anything), (bytes) => {
      const datagram = parseUdpDatagram(bytes);
      if (datagram === null) return;
      // Nothing was made up: the same source is written as the same number of bytes or fewer.
      assert.ok(udpHeader(datagram.source).length + datagram.payload.length <= bytes.length);
      assert.ok(datagram.source.port >= 1 && datagram.source.port <= 65535);
    }),
    { numRuns: 1000 },
  );
});

for (const [what, bytes] of Object.entries({
  'a fragment': '00000101c00002010035',
  'a reserved byte that is not 0': '00010001c00002010035',
  'an unknown address type': '00000002c00002010035',
  'port 0': '00000001c00002010000',
  'a name that is none': '000000030361206200350000',
})) {
  test(`${what} is dropped`, () => {
    assert.equal(parseUdpDatagram(Buffer.from(bytes, 'hex')), null);
  });
}
