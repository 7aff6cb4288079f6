import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import fc from 'fast-check';
import { ListError } from '../../../../core/providers/list-error.ts';
import { openMrs, readMrsDomains, readMrsRanges } from '../../../../core/providers/mrs.ts';
import { formatIp } from '../../../../rules/ip.ts';
import { encodeDomains, encodeRanges, file, int64 } from './mrs-encoder.ts';

const MAX = 1 << 24;

function domains(bytes: Buffer): string[] {
  const found: string[] = [];
  readMrsDomains(openMrs(bytes, 'domain', MAX).body, (pattern) => found.push(pattern));
  return found.sort();
}

function ranges(bytes: Buffer): string[] {
  const found: string[] = [];
  readMrsRanges(openMrs(bytes, 'ipcidr', MAX).body, (first, last) =>
    found.push(`${formatIp(first)}-${formatIp(last)}`),
  );
  return found;
}

/** mihomo's own encoding of: google.com +.youtube.com .example.org *.wild.test a.*.b.test Foo.BAR.test */
const BY_MIHOMO =
  '28b52ffd040025030024054d525301000601718c02555555512aaaaaa800001ead57555555003667' +
  '6d74726f736f63652e2e7465652e6c626c6264727075672e6c616d746f2a696261756f2e772e786f' +
  '67612e6f65792a6f2e2e662b2b0600701320d89b04570a632182cc6901ceb6c8aa';

test('domains, and what is below them', () => {
  const patterns = ['google.com', 'youtube.com', '+.youtube.com', '*.wild.test', 'a.*.b.test'];
  const bytes = encodeDomains(patterns, 4);
  assert.equal(openMrs(bytes, 'domain', MAX).count, 4);
  assert.deepEqual(domains(bytes), [
    '*.wild.test',
    '.youtube.com',
    'a.*.b.test',
    'google.com',
    'youtube.com',
  ]);
});

test('a file that mihomo wrote', () => {
  const bytes = Buffer.from(BY_MIHOMO, 'hex');
  assert.equal(openMrs(bytes, 'domain', MAX).count, 6);
  assert.deepEqual(domains(bytes), [
    '*.wild.test',
    '.example.org',
    '.youtube.com',
    'a.*.b.test',
    'foo.bar.test',
    'google.com',
    'youtube.com',
  ]);
});

test('any set of names comes back as it was', () => {
  const label = fc.stringMatching(/^[a-z0-9-]{1,6}$/);
  const name = fc.array(label, { minLength: 1, maxLength: 5 }).map((labels) => labels.join('.'));
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1, maxLength: 200 }), (names) => {
      assert.deepEqual(domains(encodeDomains(names)), names.toSorted());
    }),
  );
});

test('ranges of both families', () => {
  const four = (hex: string): string => `00000000000000000000ffff${hex}`;
  assert.deepEqual(
    ranges(
      encodeRanges([
        [four('01020300'), four('010204ff')],
        ['20010db8000000000000000000000000', '20010db8ffffffffffffffffffffffff'],
      ]),
    ),
    ['1.2.3.0-1.2.4.255', '2001:db8::-2001:db8:ffff:ffff:ffff:ffff:ffff:ffff'],
  );
});

for (const [what, bytes, message] of [
  ['no zstd', Buffer.from('payload:\n- a.test\n'), /not compressed with zstd/],
  ['other bytes', zstdCompressSync(Buffer.from('hello, world')), /does not begin with MRS 1/],
  ['another behavior', encodeRanges([]), /of behavior ipcidr, not domain/],
  ['nothing after the head', file(0, 1, []), /ends too early/],
  ['a length that is too large', file(0, 1, [Buffer.from([1]), int64(2 ** 50)]), /a length in it/],
  ['a negative length', file(0, -1, []), /a length in it is -1/],
  [
    'a bitmap that is no tree',
    file(0, 1, [
      ...[Buffer.from([1]), int64(1), int64(1)],
      ...[int64(1), int64(3), int64(2), Buffer.from('ab')],
    ]),
    /no tree/,
  ],
  [
    'a bitmap without children',
    file(0, 1, [
      ...[Buffer.from([1]), int64(1), int64(1)],
      ...[int64(0), int64(2), Buffer.from('ab')],
    ]),
    /bitmap ends too early/,
  ],
  ['too much when decompressed', zstdCompressSync(Buffer.alloc(MAX + 1)), /more than 16777216/],
] as const) {
  test(`refused: ${what}`, () => {
    assert.throws(
      () => domains(bytes),
      (error) => error instanceof ListError && message.test(error.message),
    );
  });
}

test('damage gives an error or other names, never anything else', () => {
  const whole = zstdDecompressSync(encodeDomains(['a.test', 'b.a.test', '+.c.test', 'x.y.z']));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.nat(whole.length), (at, byte, end) => {
      const bytes = Buffer.from(whole);
      bytes[at] = byte;
      try {
        domains(zstdCompressSync(bytes.subarray(0, end)));
      } catch (error) {
        assert.ok(error instanceof ListError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
