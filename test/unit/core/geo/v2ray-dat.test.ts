import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readGeoIps, readGeoSites } from '../../../../core/geo/v2ray-dat.ts';
import type { EntryList } from '../../../../core/providers/entries.ts';
import { ListError } from '../../../../core/providers/list-error.ts';
import { writeGeoIp, writeGeoSite } from './dat-writer.ts';

const textOf = (list: EntryList | undefined): string[] =>
  Buffer.from(list?.text ?? [])
    .toString()
    .split('\n')
    .slice(0, -1);

const sites = writeGeoSite({
  GOOGLE: [
    { type: 2, value: 'google.com' },
    { type: 3, value: 'www.google.cn', attributes: ['cn'] },
    { type: 2, value: 'ads.google.com', attributes: ['ads', 'cn'] },
    { type: 0, value: 'google' },
    { type: 1, value: '^g[0-9]+\\.test$' },
  ],
  CN: [{ type: 2, value: 'cn' }],
});

test('a list: names, what is below them, keywords and expressions', () => {
  const { lists, total } = readGeoSites(sites, ['google', 'nobody']);
  assert.equal(total, 2);
  assert.deepEqual([...lists.keys()], ['google']);
  const list = lists.get('google');
  assert.deepEqual(textOf(list?.domains), ['+.google.com', 'www.google.cn', '+.ads.google.com']);
  assert.deepEqual(textOf(list?.others), [
    'DOMAIN-KEYWORD,google',
    'DOMAIN-REGEX,^g[0-9]+\\.test$',
  ]);
});

test('attributes choose among the items of a list', () => {
  const names = ['google@cn', 'google@cn@ads', 'google@!cn'];
  const { lists } = readGeoSites(sites, names);
  assert.deepEqual(
    names.map((name) => textOf(lists.get(name)?.domains)),
    [['www.google.cn', '+.ads.google.com'], ['+.ads.google.com'], []],
  );
});

test('prefixes of both families', () => {
  const six = [0x20, 1, 0xd, 0xb8, ...Array<number>(12).fill(0)];
  const bytes = writeGeoIp({
    CN: [
      [[1, 2, 0, 0], 16],
      [six, 32],
    ],
    US: [[[8, 8, 8, 0], 24]],
  });
  const { lists, total } = readGeoIps(bytes, ['cn']);
  assert.equal(total, 2);
  assert.deepEqual(textOf(lists.get('cn')), ['1.2.0.0/16', '2001:db8::/32']);
  assert.equal(lists.has('us'), false);
});

test('what is no such file is refused', () => {
  for (const bytes of [Buffer.alloc(0), Buffer.from('<html>'), sites.subarray(0, -3)]) {
    assert.throws(
      () => readGeoSites(bytes, ['google', 'cn']),
      (error) => error instanceof ListError && error.code === 'ERR_LIST_FORMAT',
    );
  }
});

test('items of unknown kinds are counted', () => {
  const bytes = writeGeoSite({
    X: [
      { type: 9, value: 'a' },
      { type: 2, value: '' },
      { type: 2, value: 'b' },
    ],
  });
  const list = readGeoSites(bytes, ['x']).lists.get('x');
  assert.deepEqual(textOf(list?.domains), ['+.b']);
  assert.equal(list?.domains.broken, 2);
});

test('damage gives an error or other lists, never anything else', () => {
  fc.assert(
    fc.property(fc.nat(sites.length - 1), fc.nat(255), fc.nat(sites.length), (at, byte, end) => {
      const bytes = Buffer.from(sites);
      bytes[at] = byte;
      try {
        readGeoSites(bytes.subarray(0, end), ['google', 'cn']);
        readGeoIps(bytes.subarray(0, end), ['google', 'cn']);
      } catch (error) {
        assert.ok(error instanceof ListError, String(error));
      }
    }),
    { numRuns: 1000 },
  );
});
