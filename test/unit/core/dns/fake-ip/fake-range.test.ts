import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { fakeRange } from '../../../../../core/dns/fake-ip/fake-range.ts';
import type { FakeRange } from '../../../../../core/dns/fake-ip/fake-range.ts';
import { formatIp, parseIp } from '../../../../../rules/ip.ts';

function addressOf(range: FakeRange, place: number): string {
  const bytes = Buffer.alloc(range.prefix.ip.family === 4 ? 4 : 16);
  range.write(place, bytes);
  const words = [0, 4, 8, 12].map((at) => (at < bytes.length ? bytes.readInt32BE(at) : 0));
  const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = words;
  return formatIp({ family: range.prefix.ip.family, w0, w1, w2, w3 });
}

function placeOf(range: FakeRange, address: string): number {
  return range.placeOf(parseIp(address)!);
}

test('addresses rise, without those that look like networks and broadcasts, and without the edges', () => {
  const range = fakeRange('198.18.0.0/16', []);
  assert.equal(addressOf(range, 0), '198.18.0.4');
  assert.equal(addressOf(range, 250), '198.18.0.254');
  assert.equal(addressOf(range, 251), '198.18.1.1');
  assert.equal(addressOf(range, range.size - 1), '198.18.255.251');
  assert.equal(range.size, 256 * 254 - 3 - 3);
});

test('the tunnel keeps its own subnet', () => {
  const range = fakeRange('198.18.0.0/16', ['198.18.1.0/24', 'fd00::1/64', '']);
  assert.equal(addressOf(range, 250), '198.18.0.254');
  assert.equal(addressOf(range, 251), '198.18.2.1');
  assert.equal(placeOf(range, '198.18.1.7'), -1);
  assert.equal(placeOf(range, '198.18.2.1'), 251);
});

test('IPv6 addresses differ in their last 32 bits alone', () => {
  const range = fakeRange('fdfe:dcba:9876::/64', ['fdfe:dcba:9876::1/126']);
  assert.equal(addressOf(range, 0), 'fdfe:dcba:9876::4');
  assert.equal(placeOf(range, 'fdfe:dcba:9876::4'), 0);
  for (const other of ['fdfe:dcba:9876::2', 'fdfe:dcba:9876:0:1::4', 'fdfe:dcba:9877::4']) {
    assert.equal(placeOf(range, other), -1, other);
  }
  assert.equal(range.size, 2 ** 24);
});

test('a place and its address belong to each other, whatever the range', () => {
  const four = fc.record({ base: fc.integer(), length: fc.integer({ min: 8, max: 28 }) });
  fc.assert(
    fc.property(
      four,
      fc.nat(2 ** 24),
      fc.array(fc.nat(2 ** 16), { maxLength: 3 }),
      (net, at, own) => {
        const ip = { family: 4, w0: net.base, w1: 0, w2: 0, w3: 0 } as const;
        const text = `${formatIp(ip)}/${net.length}`;
        const taken = own.map((offset) => `${formatIp({ ...ip, w0: (net.base + offset) | 0 })}/30`);
        const range = fakeRange(text, taken);
        fc.pre(range.size > 0);
        const place = at % range.size;
        const address = addressOf(range, place);
        assert.equal(placeOf(range, address), place);
        assert.doesNotMatch(address, /\.(0|255)$/);
      },
    ),
  );
});
