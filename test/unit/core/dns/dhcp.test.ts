import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { valueOf } from '../../../../core/dns/dhcp/lease-files.ts';
import { buildDiscover, readOffer } from '../../../../core/dns/dhcp/message.ts';

const mac = Buffer.from('020304050607', 'hex');
const transaction = 0x01020304;

/** An answer with these options, each `[code, ...data]`. */
function offer(...options: readonly (readonly number[])[]): Buffer {
  const message = buildDiscover(transaction, mac).subarray(0, 240);
  message[0] = 2;
  const encoded = options.map(([code = 0, ...data]) => Buffer.from([code, data.length, ...data]));
  return Buffer.concat([message, ...encoded, Buffer.of(255)]);
}

const isOffer = [53, 2];

test('the resolvers are those of the DNS option, wherever it stands', () => {
  const dns = [6, 192, 0, 2, 1, 192, 0, 2, 2];
  assert.deepEqual(readOffer(offer(isOffer, dns), transaction, mac), ['192.0.2.1', '192.0.2.2']);
  assert.deepEqual(readOffer(offer(dns, [1, 255, 255, 255, 0], isOffer), transaction, mac), [
    '192.0.2.1',
    '192.0.2.2',
  ]);
  assert.deepEqual(readOffer(offer(isOffer), transaction, mac), []);
});

test('what answers somebody else, or nobody, is not read', () => {
  const good = offer(isOffer, [6, 192, 0, 2, 1]);
  assert.equal(readOffer(good, transaction + 1, mac), null);
  assert.equal(readOffer(good, transaction, Buffer.alloc(6)), null);
  assert.equal(readOffer(buildDiscover(transaction, mac), transaction, mac), null);
  assert.equal(readOffer(offer([53, 6], [6, 192, 0, 2, 1]), transaction, mac), null);
  assert.equal(readOffer(good.subarray(0, 200), transaction, mac), null);
  // An option that is longer than the message.
  assert.equal(readOffer(good.subarray(0, good.length - 3), transaction, mac), null);
});

test('whatever comes, reading ends with addresses or nothing', () => {
  const head = offer().subarray(0, 240);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      const servers = readOffer(Buffer.concat([head, noise]), transaction, mac) ?? [];
      assert.ok(servers.length <= 8);
      for (const server of servers) assert.match(server, /^\d+\.\d+\.\d+\.\d+$/);
    }),
  );
});

test('lease files have their resolvers behind a key, and nothing else is taken', () => {
  assert.deepEqual(valueOf('A=1\nDNS=192.0.2.1 nonsense 2001:DB8::1\n', 'DNS'), [
    '192.0.2.1',
    '2001:db8::1',
  ]);
  assert.deepEqual(valueOf('MYDNS=192.0.2.1\n', 'DNS'), []);
  assert.deepEqual(valueOf('', 'DNS'), []);
});
