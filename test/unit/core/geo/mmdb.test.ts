import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { SluiceError } from '../../../../core/api/errors.ts';
import { AsnDatabase, CountryDatabase } from '../../../../core/geo/ip-databases.ts';
import { Mmdb } from '../../../../core/geo/mmdb.ts';
import { parseIp } from '../../../../rules/ip.ts';
import type { Ip } from '../../../../rules/ip.ts';
import { writeMmdb } from './mmdb-writer.ts';

function ip(text: string): Ip {
  const parsed = parseIp(text);
  assert.ok(parsed, text);
  return parsed;
}

const countries = {
  '1.2.0.0/16': { country: { iso_code: 'CN', names: { en: 'China', de: 'China' } } },
  '8.8.8.0/24': { country: { iso_code: 'US' }, registered_country: { iso_code: 'AU' } },
  '9.0.0.0/8': { registered_country: { iso_code: 'GB' } },
  '2001:db8::/32': { country: { iso_code: 'DE' } },
};

for (const recordSize of [24, 28, 32] as const) {
  test(`countries of MaxMind's form, records of ${recordSize} bits`, () => {
    const database = new CountryDatabase(writeMmdb(countries, { recordSize }));
    const of = (text: string): string => database.codes(ip(text)).join();
    assert.equal(of('1.2.3.4'), 'cn');
    assert.equal(of('1.2.255.255'), 'cn');
    assert.equal(of('1.3.0.0'), '');
    assert.equal(of('8.8.8.8'), 'us');
    assert.equal(of('9.9.9.9'), '');
    assert.equal(of('2001:db8:1::1'), 'de');
    assert.equal(of('2001:db9::1'), '');
    assert.equal(of('::ffff:1.2.3.4'), 'cn');
  });
}

test('a database of IPv4 alone knows no IPv6', () => {
  const database = new CountryDatabase(writeMmdb({ '1.0.0.0/8': 'CN' }, { ipVersion: 4 }));
  assert.deepEqual(database.codes(ip('1.2.3.4')), ['cn']);
  assert.deepEqual(database.codes(ip('::1.2.3.4')), []);
});

test('records of one code, of several, and of IPinfo', () => {
  const networks = {
    '1.0.0.0/8': 'CN',
    '2.0.0.0/8': ['US', 'cloudflare'],
    '3.0.0.0/8': { country: 'JP' },
  };
  const database = new CountryDatabase(writeMmdb(networks));
  assert.deepEqual(
    ['1.1.1.1', '2.2.2.2', '3.3.3.3'].map((text) => database.codes(ip(text))),
    [['cn'], ['us', 'cloudflare'], ['jp']],
  );
});

test('autonomous systems', () => {
  const networks = {
    '1.0.0.0/8': { autonomous_system_number: 13335, autonomous_system_organization: 'C' },
    '2.0.0.0/8': { asn: 'AS4134', name: 'China Telecom' },
    '3.0.0.0/8': { asn: 'none' },
  };
  const database = new AsnDatabase(writeMmdb(networks));
  assert.deepEqual(
    ['1.1.1.1', '2.2.2.2', '3.3.3.3', '4.4.4.4'].map((text) => database.number(ip(text))),
    [13335, 4134, 0, 0],
  );
});

test('any networks are found where they are, and nowhere else', () => {
  const octet = fc.nat(255);
  const address = fc.tuple(octet, octet, octet, octet).map((parts) => parts.join('.'));
  fc.assert(
    fc.property(fc.uniqueArray(octet, { minLength: 1, maxLength: 40 }), address, (firsts, text) => {
      const networks = Object.fromEntries(firsts.map((first) => [`${first}.0.0.0/8`, `c${first}`]));
      const database = new CountryDatabase(writeMmdb(networks, { recordSize: 28 }));
      const first = Number(text.split('.')[0]);
      assert.deepEqual(database.codes(ip(text)), firsts.includes(first) ? [`c${first}`] : []);
    }),
  );
});

const whole = writeMmdb(countries);

for (const [what, bytes] of [
  ['nothing', Buffer.alloc(0)],
  ['text', Buffer.from('payload:\n  - a.test\n')],
  ['a cut', whole.subarray(0, -80)],
  ['the end alone', whole.subarray(-200)],
  ['another version', writeMmdb(countries, { metadata: { binary_format_major_version: 3 } })],
  ['another record size', writeMmdb(countries, { metadata: { record_size: 20 } })],
  ['more nodes than there are', writeMmdb(countries, { metadata: { node_count: 4_000_000_000 } })],
  ['a text for a number', writeMmdb(countries, { metadata: { node_count: 'many' } })],
] as const) {
  test(`refused at opening: ${what}`, () => {
    assert.throws(
      () => new CountryDatabase(bytes),
      (error) => error instanceof SluiceError && error.code === 'ERR_GEO_FORMAT',
    );
  });
}

test('damage gives an error at opening, or other answers, never anything else', () => {
  const address = fc.tuple(fc.nat(255), fc.nat(255)).map(([a, b]) => ip(`${a}.${b}.3.4`));
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.nat(255), address, (at, byte, asked) => {
      const bytes = Buffer.from(whole);
      bytes[at] = byte;
      let database: CountryDatabase;
      try {
        database = new CountryDatabase(bytes);
      } catch (error) {
        assert.ok(error instanceof SluiceError, String(error));
        return;
      }
      for (const one of [asked, ip('1.2.3.4'), ip('8.8.8.8'), ip('2001:db8::1')]) {
        assert.ok(Array.isArray(database.codes(one)));
      }
    }),
    { numRuns: 2000 },
  );
});

test('records that lead in a circle, or grow without end, are nothing', () => {
  // A pointer to itself, and a map whose values are pointers to the map.
  for (const data of [
    [0x20, 0x00],
    [0xe2, 0x41, 0x61, 0x20, 0x00, 0x41, 0x62, 0x20, 0x00],
  ]) {
    const bytes = writeMmdb({ '1.0.0.0/8': 'x'.repeat(data.length - 1) });
    const marker = bytes.lastIndexOf(Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1'));
    bytes.set(data, marker - data.length);
    const database = new Mmdb(bytes);
    const offset = database.find(ip('1.2.3.4'));
    assert.ok(offset >= 0);
    assert.equal(database.record(offset), null);
  }
});

const published = new URL('../../../../../shared/data/country-lite.mmdb', import.meta.url);

test(
  'the public country database',
  { skip: existsSync(published) ? false : 'the public data (../shared/data) are not here' },
  () => {
    const database = new CountryDatabase(readFileSync(published));
    const of = (text: string): string => database.codes(ip(text)).join();
    assert.equal(of('1.2.4.8'), 'cn');
    assert.equal(of('114.114.114.114'), 'cn');
    assert.equal(of('2400:3200::1'), 'cn');
    assert.equal(of('192.168.1.1'), 'private');
    assert.equal(of('203.0.113.1').includes('cn'), false);
    assert.ok(database.count > 1000);
  },
);
