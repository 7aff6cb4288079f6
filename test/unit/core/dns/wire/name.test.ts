import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { checkName, encodeName, readName } from '../../../../../core/dns/wire/name.ts';
import { WireError } from '../../../../../core/dns/wire/wire-error.ts';

const label = fc.uint8Array({ minLength: 1, maxLength: 63 });

test('a name is the same after it was text, whatever its bytes', () => {
  fc.assert(
    fc.property(fc.array(label, { maxLength: 4 }), (labels) => {
      const lower = (byte: number): number => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte);
      const wire = Buffer.from([...labels.flatMap((one) => [one.length, ...one.map(lower)]), 0]);
      fc.pre(wire.length <= 255);
      assert.equal(checkName(wire, 0), wire.length);
      assert.deepEqual(encodeName(readName(wire, 0)), wire);
    }),
  );
});

test('a pointer continues a name somewhere before it', () => {
  const message = Buffer.from('\x04test\0\x01a\xc0\0', 'latin1');
  assert.equal(readName(message, 6), 'a.test');
  assert.equal(checkName(message, 6), 10);
});

test('pointers that loop, or lead forward, are refused', () => {
  for (const bytes of [
    '\xc0\0',
    '\x01a\xc0\0',
    '\xc0\x02\x01a\0',
    '\x01a\xc0\x02',
    '\xc0\x04\0\0\0',
  ]) {
    assert.throws(
      () => checkName(Buffer.from(bytes, 'latin1'), 0),
      WireError,
      JSON.stringify(bytes),
    );
  }
});

test('a chain of pointers has an end', () => {
  const chain = Buffer.alloc(2000);
  for (let at = 2; at < chain.length; at += 2) chain.writeUInt16BE(0xc000 | (at - 2), at);
  assert.equal(checkName(chain, 100), 102);
  assert.throws(() => checkName(chain, 1998), WireError);
});

test('names are at most 255 bytes, labels at most 63', () => {
  const long = `${'a'.repeat(63)}.`.repeat(4);
  assert.equal(encodeName(long.slice(0, 253))?.length, 255);
  assert.equal(encodeName(long), null);
  assert.equal(encodeName('a'.repeat(64)), null);
  const wire = Buffer.from(`${`\x3f${'a'.repeat(63)}`.repeat(4)}\0`, 'latin1');
  assert.throws(() => checkName(wire, 0), WireError);
});

test('what is no name in text has no wire form', () => {
  for (const text of ['a..b', '.a', 'ü.test', 'a b', '\\2', '\\256', 'a\\']) {
    assert.equal(encodeName(text), null, text);
  }
  assert.deepEqual(encodeName(''), Buffer.of(0));
  assert.deepEqual(encodeName('a.'), encodeName('a'));
});
