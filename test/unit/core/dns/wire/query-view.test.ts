import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { QueryView } from '../../../../../core/dns/wire/query-view.ts';
import { query } from '../messages.ts';

const [FORMERR, NOTIMP, REFUSED, BADVERS] = [1, 4, 5, 16];
const view = new QueryView();

test('a query is read in place', () => {
  const message = query('WWW.Site.Test', 'AAAA', { id: 7, udpSize: 4096, dnssecOk: true });
  assert.equal(view.read(message), 'answer');
  assert.equal(view.name(), 'www.site.test');
  assert.deepEqual(
    [view.id, view.type, view.hasEdns, view.wantsDnssec, view.udpSize, view.questionEnd],
    [7, 28, true, true, 4096, 12 + 15 + 4],
  );
});

test('what does not change the answer does not change the key', () => {
  const key = (name: string, type: string, options = {}): string => {
    assert.equal(view.read(query(name, type, options)), 'answer');
    return view.key();
  };
  const usual = key('a.test', 'A');
  assert.equal(key('A.TEST', 'A', { id: 99, udpSize: 1400, flags: 0 }), usual);
  assert.notEqual(key('a.test', 'AAAA'), usual);
  assert.notEqual(key('b.test', 'A'), usual);
  assert.notEqual(key('a.test', 'A', { flags: 0x0110 }), usual, 'CD');
  assert.notEqual(key('a.test', 'A', { udpSize: 1232, dnssecOk: true }), usual, 'DO');
});

test('names with the same text but other labels have other keys', () => {
  const message = query('a.b', 'A');
  view.read(message);
  const usual = view.key();
  const odd = Buffer.from(message);
  // One label, "a.b", in place of two.
  odd.set(Buffer.from('\x03a.b\0', 'latin1'), 12);
  assert.equal(view.read(odd), 'answer');
  assert.equal(view.name(), 'a\\046b');
  assert.notEqual(view.key(), usual);
});

test('the root is a name, too', () => {
  assert.equal(view.read(query('.', 'NS')), 'answer');
  assert.equal(view.name(), '');
});

test('answers, and what is no header, get no answer', () => {
  assert.equal(view.read(Buffer.alloc(0)), 'drop');
  assert.equal(view.read(query('a.test', 'A').subarray(0, 11)), 'drop');
  assert.equal(view.read(query('a.test', 'A', { flags: 0x8100 }).fill(0x80, 2, 3)), 'drop');
});

test('what a resolver does not do is refused as the standards say', () => {
  const patched = (at: number, ...bytes: number[]): Buffer => {
    const message = query('a.test', 'A', { udpSize: 1232 });
    message.set(bytes, at);
    return message;
  };
  assert.equal(view.read(patched(2, 0x28)), NOTIMP, 'an UPDATE');
  assert.equal(view.read(patched(4, 0, 0)), FORMERR, 'no question');
  assert.equal(view.read(patched(4, 0, 2)), FORMERR, 'two questions');
  assert.equal(view.read(patched(6, 0, 1)), FORMERR, 'an answer in a query');
  assert.equal(view.read(patched(20, 0, 252)), REFUSED, 'a transfer');
  assert.equal(view.read(patched(22, 0, 3)), REFUSED, 'class CHAOS');
  assert.equal(view.read(patched(24 + 6, 1)), BADVERS, 'EDNS version 1');
  assert.equal(view.read(patched(24, 1)), FORMERR, 'OPT with a name');
  assert.equal(view.read(patched(10, 0, 2)), FORMERR, 'a record less than promised');
  assert.equal(view.read(patched(10, 0, 0)), FORMERR, 'a record more than promised');
  assert.equal(view.read(patched(12, 0xc0, 12)), FORMERR, 'a compressed question');
});

test('no bytes make it throw, read past the end, or take long', () => {
  const valid = query('www.site.test', 'TXT', { udpSize: 1232 });
  const mangled = fc
    .tuple(fc.array(fc.tuple(fc.nat(60), fc.nat(255)), { maxLength: 8 }), fc.nat(60))
    .map(([changes, cut]) => {
      const message = Buffer.from(valid.subarray(0, Math.max(valid.length - (cut % 20), 0)));
      for (const [at, byte] of changes) if (at < message.length) message[at] = byte;
      return message;
    });
  const bytes = fc.uint8Array({ maxLength: 600 }).map((array) => Buffer.from(array));
  fc.assert(
    fc.property(fc.oneof(mangled, bytes), (message) => {
      const verdict = view.read(message);
      assert.ok(verdict === 'answer' || verdict === 'drop' || [1, 4, 5, 16].includes(verdict));
      if (verdict !== 'answer') return;
      assert.ok(view.questionEnd <= message.length);
      assert.ok(view.name().length <= 4 * 253);
      assert.ok(view.key().startsWith(`${view.name()} `));
    }),
    { numRuns: 3000 },
  );
});
