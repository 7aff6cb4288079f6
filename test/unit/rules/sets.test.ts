import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { normalizeDomain } from '../../../rules/domain.ts';
import { formatPrefix, parsePrefix, prefixContains } from '../../../rules/ip.ts';
import { runAtOnce, runPaced } from '../../../rules/pace.ts';
import { DomainSetBuilder } from '../../../rules/sets/domain-set.ts';
import type { DomainSet } from '../../../rules/sets/domain-set.ts';
import { NameTable } from '../../../rules/sets/name-table.ts';
import { PrefixSetBuilder } from '../../../rules/sets/prefix-set.ts';
import type { PrefixSet } from '../../../rules/sets/prefix-set.ts';
import { factsOf, ipOf } from './sample-program.ts';

function domainSet(...entries: string[]): DomainSet {
  const builder = new DomainSetBuilder();
  entries.forEach((entry, index) => assert.ok(builder.add(entry, index + 1), entry));
  return runAtOnce(builder.build());
}

function prefixSet(...entries: string[]): PrefixSet {
  const builder = new PrefixSetBuilder();
  entries.forEach((entry, index) => assert.ok(builder.add(entry, index + 1), entry));
  return runAtOnce(builder.build());
}

for (const [entry, inside, outside] of [
  ['a.com', ['a.com'], ['x.a.com', 'com', 'aa.com', 'a.comx']],
  ['+.a.com', ['a.com', 'x.a.com', 'x.y.a.com'], ['xa.com', 'com']],
  ['.a.com', ['x.a.com', 'x.y.a.com'], ['a.com']],
  ['*.a.com', ['x.a.com'], ['a.com', 'x.y.a.com']],
  ['a.*.com', ['a.x.com'], ['a.com', 'b.x.com', 'a.x.y.com']],
  ['+.cn', ['cn', 'a.cn'], ['acn']],
  ['A.Com.', ['a.com'], []],
  ['例子.测试', ['xn--fsqu00a.xn--0zwm56d'], []],
  ['_x.a1', ['_x.a1'], []],
] as const) {
  test(`what the entry ${entry} covers`, () => {
    const set = domainSet(entry);
    for (const name of inside) assert.ok(set.hasDomain(name), name);
    for (const name of outside) assert.ok(!set.hasDomain(name), name);
  });
}

for (const text of ['', '.', '+.', 'a..b', 'a b', '1.2.3.4', 'a/b', '-'.repeat(64), '+.+.a']) {
  test(`${JSON.stringify(text)} is no entry`, () => {
    const builder = new DomainSetBuilder();
    assert.equal(builder.add(text, 1), false);
    assert.equal(builder.size, 0);
  });
}

test('which line an entry came from is told, of entries of one name, too', () => {
  const set = domainSet('a.com', 'b.com', '*.a.com', '+.a.com', '.b.com', 'x.*.c.com');
  const find = (domain: string): unknown => set.find(factsOf({ domain }));
  assert.deepEqual(find('a.com'), { line: 1, text: 'a.com' });
  assert.deepEqual(find('b.com'), { line: 2, text: 'b.com' });
  assert.deepEqual(find('x.b.com'), { line: 5, text: '.b.com' });
  assert.deepEqual(find('x.y.a.com'), { line: 4, text: '+.a.com' });
  assert.deepEqual(find('x.y.c.com'), { line: 6, text: 'x.*.c.com' });
  assert.equal(find('c.com'), null);
});

test('a set has what its entries say, whatever else is in it', () => {
  const label = fc.constantFrom('a', 'b', 'ab', 'c-1', 'com', 'ü', 'A');
  const body = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
  const entry = fc.tuple(fc.constantFrom('', '+.', '.', '*.'), body).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 20 }), body, (entries, spelled) => {
      const name = normalizeDomain(spelled) ?? '';
      const expected = entries.some((text) => {
        const [, prefix = '', rest = ''] = /^([+*]?\.)?(.*)$/.exec(text) ?? [];
        const own = normalizeDomain(rest) ?? '';
        const isBelow = name.endsWith(`.${own}`);
        const above = isBelow ? name.slice(0, -own.length - 1) : '';
        if (prefix === '') return name === own;
        if (prefix === '.') return isBelow;
        if (prefix === '*.') return isBelow && !above.includes('.');
        return name === own || isBelow;
      });
      const set = domainSet(...entries);
      assert.equal(set.hasDomain(name), expected);
      assert.equal(set.find(factsOf({ domain: name })) !== null, expected);
    }),
    { numRuns: 2000 },
  );
});

test('the longest names with the most labels are found, and nothing beyond them', () => {
  const longest = `${'a.'.repeat(126)}b`;
  const set = domainSet(longest, '+.a.b');
  assert.ok(set.hasDomain(longest));
  assert.ok(domainSet('+.b').hasDomain(longest));
  assert.ok(!domainSet(`${'a.'.repeat(125)}b`).hasDomain(longest));
});

test('a table that grows keeps every name and its number', () => {
  const table = new NameTable();
  const names = Array.from({ length: 20_000 }, (_, n) => `n${n}.x${n % 7}.example`);
  names.forEach((name, number) => assert.equal(table.add(name), number));
  runAtOnce(table.trim());
  names.forEach((name, number) => assert.equal(table.find(name), number));
  assert.equal(table.nameOf(12_345), names[12_345]);
  assert.equal(table.find('n1.x2.example'), -1);
  assert.equal(table.find('example'), -1);
});

const four = fc.tuple(fc.constantFrom(0, 10, 127, 128, 255), fc.nat(255), fc.nat(1), fc.nat(255));
const six = fc
  .tuple(fc.constantFrom('0', '2001', 'ffff'), fc.constantFrom('0', '1', 'ffff'), fc.nat(9))
  .map(([first, second, last]) => `${first}:${second}::${last}`);
const ip = fc.oneof(
  four.map((bytes) => bytes.join('.')),
  six,
);
const cidr = fc.tuple(ip, fc.nat(128)).map(([address, length]) => {
  return `${address}/${address.includes(':') ? length : length % 33}`;
});

test('an address is in a set of prefixes where it is in one of them, and the closest is told', () => {
  fc.assert(
    fc.property(fc.array(cidr, { maxLength: 20 }), ip, (entries, text) => {
      const set = prefixSet(...entries);
      const address = ipOf(text);
      const containing = entries.flatMap((entry, index) => {
        const prefix = parsePrefix(entry);
        assert.ok(prefix.ok);
        return prefixContains(prefix.value, address)
          ? [{ prefix: prefix.value, line: index + 1 }]
          : [];
      });
      assert.equal(set.hasIp(address), containing.length > 0);
      const found = set.find(factsOf({ dstIp: address }), { src: false, noResolve: false });
      const closest = containing.toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
      assert.equal(found?.text, closest === undefined ? undefined : formatPrefix(closest.prefix));
      assert.equal(found?.line, closest?.line);
    }),
    { numRuns: 3000 },
  );
});

test('both ends of every prefix belong to it, and their neighbours do not', () => {
  const set = prefixSet('10.0.0.0/9', '10.128.0.0/16', '255.255.255.255', 'ffff::/16', '::/128');
  for (const text of ['10.0.0.0', '10.127.255.255', '10.128.0.0', '10.128.255.255']) {
    assert.ok(set.hasIp(ipOf(text)), text);
  }
  for (const text of ['255.255.255.255', 'ffff:ffff::1', '::', 'ffff::']) {
    assert.ok(set.hasIp(ipOf(text)), text);
  }
  for (const text of ['9.255.255.255', '10.129.0.0', '255.255.255.254', '::1', 'fffe:ffff::']) {
    assert.ok(!set.hasIp(ipOf(text)), text);
  }
});

test('a list of names is built in steps, its filter among them', () => {
  const builder = new DomainSetBuilder(30_000);
  for (let n = 0; n < 30_000; n++) builder.add(`+.n${n}.example`, n + 1);
  const steps = builder.build();
  let count = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) count++;
  assert.ok(count > 20);
  assert.ok(step.value.hasDomain('a.n29999.example'));
  assert.ok(!step.value.hasDomain('n30000.example'));
});

test('a set that is built in steps lets others run, and comes out the same', async () => {
  const builder = new PrefixSetBuilder();
  for (let n = 0; n < 30_000; n++) builder.add(`10.${n % 200}.${n % 251}.0/24`, n + 1);
  let steps = 0;
  for (const _ of builder.build()) steps++;
  assert.ok(steps > 20);
  const set = await runPaced(builder.build(), () => Promise.resolve());
  assert.ok(set.hasIp(ipOf('10.3.3.9')));
  assert.ok(!set.hasIp(ipOf('10.200.3.9')));
});

const data = new URL('../../../../shared/data/rules/', import.meta.url);
const skip = existsSync(data) ? false : 'the public rule lists (../shared/data) are not here';

function payload(file: string): string[] {
  const text = readFileSync(new URL(file, data), 'utf8');
  return Array.from(text.matchAll(/^ {2}- '(.+)'$/gm), (match) => match[1] ?? '');
}

test('real lists of names answer as a Map of their entries does', { skip }, () => {
  for (const file of ['direct.txt', 'proxy.txt', 'gfw.txt', 'private.txt']) {
    const entries = payload(file);
    const set = domainSet(...entries);
    const known = new Set(entries);
    const has = (name: string): boolean => {
      if (known.has(name) || known.has(`+.${name}`)) return true;
      for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
        if (known.has(`+.${name.slice(dot + 1)}`)) return true;
      }
      return false;
    };
    for (const [index, entry] of entries.entries()) {
      const name = entry.replace(/^\+\./, '');
      assert.ok(set.hasDomain(name), entry);
      if (index % 7 !== 0) continue;
      for (const other of [
        `www.${name}`,
        name.slice(1),
        `x${name}`,
        name.replace(/^[^.]*\./, ''),
      ]) {
        const normal = normalizeDomain(other);
        if (normal !== null) assert.equal(set.hasDomain(normal), has(normal), `${file}: ${other}`);
      }
    }
  }
});

test('real lists of prefixes answer as a walk through them does', { skip }, () => {
  const entries = payload('cncidr.txt');
  const set = prefixSet(...entries);
  const prefixes = entries
    .map((entry) => parsePrefix(entry))
    .flatMap((p) => (p.ok ? [p.value] : []));
  for (const text of fc.sample(fc.oneof(fc.ipV4(), fc.ipV6()), { numRuns: 300, seed: 3 })) {
    const address = ipOf(text);
    const expected = prefixes.some((prefix) => prefixContains(prefix, address));
    assert.equal(set.hasIp(address), expected, text);
  }
  for (const prefix of prefixes) assert.ok(set.hasIp(prefix.ip));
});
