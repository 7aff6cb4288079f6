import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { EntryWriter, forEachEntry } from '../../../../core/providers/entries.ts';
import { prefixesOfRange } from '../../../../core/providers/ip-range.ts';
import { formatPrefix, parseIp } from '../../../../rules/ip.ts';

const patient = new AbortController().signal;

test('entries come back with their lines, in their order', async () => {
  const entry = fc
    .string({ unit: 'grapheme', maxLength: 40 })
    .map((text) => text.replaceAll('\n', ''));
  const entries = fc.array(fc.tuple(entry, fc.nat(2 ** 31)), { maxLength: 300 });
  await fc.assert(
    fc.asyncProperty(entries, async (given) => {
      const writer = new EntryWriter();
      for (const [text, line] of given) writer.add(text, line);
      const found: [string, number][] = [];
      const list = writer.finish(0, []);
      await forEachEntry(list, (text, line) => found.push([text, line]), patient);
      assert.equal(list.count, given.length);
      assert.deepEqual(
        found,
        given.map(([text, line]) => [text.toWellFormed(), line]),
      );
    }),
  );
});

test('others run while many entries are taken, and whoever asks can stop it', async () => {
  const writer = new EntryWriter();
  for (let n = 0; n < 200_000; n++) writer.add(`host${n}.test`, n);
  const list = writer.finish(0, []);
  let turns = 0;
  const timer = setInterval(() => turns++, 0);
  let seen = 0;
  let sum = 0;
  await forEachEntry(
    list,
    (text) => {
      seen++;
      for (let index = 0; index < text.length; index++) sum += text.charCodeAt(index) ** 0.5;
    },
    patient,
  );
  clearInterval(timer);
  assert.equal(seen, 200_000);
  assert.ok(sum > 0 && turns > 0);
  const controller = new AbortController();
  controller.abort(new Error('enough'));
  await assert.rejects(
    forEachEntry(list, () => undefined, controller.signal),
    /enough/,
  );
});

test('a range of addresses as prefixes', () => {
  const of = (first: string, last: string): string =>
    [...prefixesOfRange(parseIp(first)!, parseIp(last)!)].map(formatPrefix).join(' ');
  assert.equal(of('10.0.0.0', '10.255.255.255'), '10.0.0.0/8');
  assert.equal(of('0.0.0.0', '255.255.255.255'), '0.0.0.0/0');
  assert.equal(of('1.2.3.0', '1.2.4.255'), '1.2.3.0/24 1.2.4.0/24');
  assert.equal(of('1.2.3.4', '1.2.3.4'), '1.2.3.4/32');
  assert.equal(of('1.2.3.5', '1.2.3.4'), '');
  assert.equal(of('2001:db8::', '2001:db8::1:ffff'), '2001:db8::/111');
  assert.equal(of('::', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'), '::/0');
});

test('the prefixes of any range cover it exactly, each once', () => {
  const word = fc.nat(2 ** 32 - 1);
  fc.assert(
    fc.property(word, word, (a, b) => {
      const [first, last] = [Math.min(a, b), Math.max(a, b)];
      const ip = (value: number) => ({ family: 4 as const, w0: value | 0, w1: 0, w2: 0, w3: 0 });
      let next = first;
      for (const { ip: start, length } of prefixesOfRange(ip(first), ip(last))) {
        assert.equal(start.w0 >>> 0, next);
        next += 2 ** (32 - length);
      }
      assert.equal(next, last + 1);
    }),
  );
});
