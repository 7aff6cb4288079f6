import assert from 'node:assert/strict';
import test from 'node:test';
import type { Answer } from 'dns-packet';
import fc from 'fast-check';
import { readableAnswers } from '../../../../../core/dns/wire/readable.ts';
import { serviceText } from '../../../../../core/dns/wire/service-text.ts';
import { a, query, reply } from '../messages.ts';

function told(type: string, data: unknown): string | undefined {
  const answer = { type, name: 'a.test', ttl: 60, data } as unknown as Answer;
  return readableAnswers(reply(query('a.test', 'A'), { answers: [answer] }))[0]?.data;
}

test('data are told as zone files write them', () => {
  assert.equal(told('MX', { preference: 10, exchange: 'mx.test' }), '10 mx.test');
  assert.equal(told('TXT', ['one', 'two "2"']), '"one" "two \\"2\\""');
  assert.equal(told('SRV', { priority: 1, weight: 2, port: 3, target: 's.test' }), '1 2 3 s.test');
  assert.equal(told('UNKNOWN_65280', Buffer.from([1, 2])), '\\# 2 0102');
});

test('what cannot be read has no records', () => {
  assert.deepEqual(readableAnswers(Buffer.alloc(3)), []);
  const cut = reply(query('a.test', 'A'), { answers: [a('a.test', '192.0.2.1')] });
  assert.deepEqual(readableAnswers(cut.subarray(0, cut.length - 9)), []);
});

test('whatever the bytes are, reading them ends, and throws nothing', () => {
  const valid = reply(query('a.test', 'A'), {
    answers: [
      a('a.test', '192.0.2.1'),
      { type: 'TXT', name: 'a.test', data: ['text'], ttl: 1 },
      { type: 'SOA', name: 'a.test', ttl: 1, data: { mname: 'a.test', rname: 'b.test' } },
    ],
  });
  const change = fc.tuple(fc.nat(valid.length - 1), fc.nat(255));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 6 }), (changes) => {
      const message = Buffer.from(valid);
      for (const [at, byte] of changes) message[at] = byte;
      assert.ok(readableAnswers(message).length <= 200);
    }),
    { numRuns: 500 },
  );
});

test('HTTPS records are told with their parameters', () => {
  const data = Buffer.from(
    ['0001 00', '0001 0006 02683202 6833', '0003 0002 01bb', '0004 0004 c0000201', '0007 0001 ff']
      .join('')
      .replaceAll(' ', ''),
    'hex',
  );
  assert.equal(told('UNKNOWN_65', data), '1 . alpn=h2,h3 port=443 ipv4hint=192.0.2.1 key7=ff');
  const alias = Buffer.from('00000161047465737400', 'hex');
  assert.equal(told('UNKNOWN_64', alias), '0 a.test.');
});

test('malformed parameters are no text, and no error', () => {
  assert.equal(serviceText(Buffer.from('000100000100ff02', 'hex')), null);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const text = serviceText(Buffer.from(bytes));
      assert.ok(text === null || text.length < 1000);
    }),
  );
});
