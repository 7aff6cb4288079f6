import assert from 'node:assert/strict';
import test from 'node:test';
import type { Answer } from 'dns-packet';
import fc from 'fast-check';
import { readReply } from '../../../../../core/dns/wire/reply.ts';
import type { Reply } from '../../../../../core/dns/wire/reply.ts';
import { WireError } from '../../../../../core/dns/wire/wire-error.ts';
import { a, aaaa, query, reply, soa } from '../messages.ts';
import type { ReplyOptions } from '../messages.ts';

const asked = query('a.test', 'A');

function readOne(options: ReplyOptions, to: Buffer = asked): Reply {
  return readReply(reply(to, options), to, to.length);
}

const opt: Answer = {
  ...{ type: 'OPT', name: '.', udpPayloadSize: 4096, extendedRcode: 0, ednsVersion: 0 },
  ...{ flags: 0, flag_do: false, options: [] },
};

test('an answer may be kept for as long as its shortest record', () => {
  const found = readOne({ answers: [a('a.test', '192.0.2.1', 300), a('a.test', '192.0.2.2', 60)] });
  assert.equal(found.ttl, 60);
  assert.equal(found.ttlOffsets.length, 2);
  assert.deepEqual(found.addresses, ['192.0.2.1', '192.0.2.2']);
  assert.equal(found.isNegative, false);
});

test('addresses of both families are canonical', () => {
  const to = query('a.test', 'AAAA');
  const found = readOne({ answers: [aaaa('a.test', '2001:db8:0:0::1')] }, to);
  assert.deepEqual(found.addresses, ['2001:db8::1']);
});

test('a TTL with its highest bit set is none', () => {
  assert.equal(readOne({ answers: [a('a.test', '192.0.2.1', 0x80000001)] }).ttl, 0);
});

test('that a name does not exist holds for as long as its zone says', () => {
  const found = readOne({ rcode: 3, authorities: [soa('test', 120, 3600)] });
  assert.deepEqual([found.ttl, found.isNegative], [120, true]);
  assert.equal(readOne({ rcode: 3, authorities: [soa('test', 7200, 50)] }).ttl, 50);
  assert.equal(readOne({ rcode: 3 }).ttl, 0, 'without a SOA record');
});

test('a name without the type is a negative answer, too, behind an alias as well', () => {
  const alias: Answer = { type: 'CNAME', name: 'a.test', data: 'b.test', ttl: 300 };
  const found = readOne({ answers: [alias], authorities: [soa('test', 60)] });
  assert.deepEqual([found.ttl, found.isNegative], [60, true]);
});

test('OPT is not part of what is kept, and its RCODE bits are', () => {
  const bad: Answer = { ...opt, extendedRcode: 1 };
  const message = reply(asked, { answers: [a('a.test', '192.0.2.1')], additionals: [bad] });
  const found = readReply(message, asked, asked.length);
  assert.equal(found.rcode, 16);
  assert.equal(found.end, message.length - 11);
  assert.equal(found.additionalCount, 0);
});

test('what follows OPT is dropped with it: pointers into it would lead astray', () => {
  const additionals = [a('ns.test', '192.0.2.53'), opt, a('ns2.test', '192.0.2.54')];
  const found = readOne({ answers: [a('a.test', '192.0.2.1')], additionals });
  assert.equal(found.additionalCount, 1);
  assert.equal(found.ttlOffsets.length, 2);
});

test('records of unknown types pass', () => {
  const odd = { type: 'UNKNOWN_65280', name: 'a.test', ttl: 9, data: Buffer.from('anything') };
  const to = query('a.test', 'UNKNOWN_65280');
  assert.equal(readOne({ answers: [odd as unknown as Answer] }, to).ttl, 9);
});

test('the reply to another question is refused', () => {
  const good = reply(asked, { answers: [a('a.test', '192.0.2.1')] });
  const patched = (at: number, byte: number): Buffer => {
    const message = Buffer.from(good);
    message[at] = byte;
    return message;
  };
  const refused = (message: Buffer, why: RegExp): void => {
    assert.throws(() => readReply(message, asked, asked.length), {
      name: 'WireError',
      message: why,
    });
  };
  refused(patched(13, 0x62), /another question/);
  refused(patched(21, 28), /another question/);
  refused(patched(23, 3), /another question/);
  refused(patched(5, 0), /does not repeat/);
  refused(patched(2, 0x01), /query/);
  refused(patched(2, 0x83), /truncated/);
  refused(patched(7, 2), /cut off/);
  refused(patched(7, 0), /follows/);
  assert.equal(readReply(patched(13, 0x41), asked, asked.length).ttl, 300, 'the case may differ');
});

test('malformed records are refused', () => {
  const message = reply(asked, { answers: [a('a.test', '192.0.2.1')] });
  const short = Buffer.concat([message.subarray(0, message.length - 5), Buffer.of(3, 1, 2, 3)]);
  assert.throws(() => readReply(short, asked, asked.length), WireError);
  const loop = Buffer.from(message);
  loop.writeUInt16BE(0xc000 | asked.length, asked.length);
  assert.throws(() => readReply(loop, asked, asked.length), WireError);
});

test('no bytes make it throw anything but WireError', () => {
  const valid = reply(asked, {
    answers: [{ type: 'CNAME', name: 'a.test', data: 'b.test', ttl: 9 }, a('b.test', '192.0.2.1')],
    authorities: [soa('test', 60)],
    additionals: [opt],
  });
  const change = fc.tuple(fc.nat(valid.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 6 }), fc.nat(40), (changes, cut) => {
      const message = Buffer.from(valid.subarray(0, valid.length - (cut > 20 ? 0 : cut)));
      for (const [at, byte] of changes) if (at < message.length) message[at] = byte;
      try {
        const found = readReply(message, asked, asked.length);
        assert.ok(found.end <= message.length && found.ttl >= 0);
        assert.ok(found.ttlOffsets.every((offset) => offset + 4 <= found.end));
      } catch (error) {
        if (!(error instanceof WireError)) throw error;
      }
    }),
    { numRuns: 5000 },
  );
});

test('a message that is all pointers to pointers is soon refused', () => {
  const message = Buffer.alloc(0xffff);
  message.set(reply(asked), 0);
  message.writeUInt16BE(5000, 6);
  for (let at = asked.length; at + 1 < message.length; at += 2) {
    message.writeUInt16BE(0xc000 | (Math.max(at - 2, 12) % 0x3fff), at);
  }
  assert.throws(() => readReply(message, asked, asked.length), WireError);
});
