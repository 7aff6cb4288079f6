import assert from 'node:assert/strict';
import test from 'node:test';
import type { Answer } from 'dns-packet';
import { QueryView } from '../../../../../core/dns/wire/query-view.ts';
import { readReply } from '../../../../../core/dns/wire/reply.ts';
import { StoredAnswer } from '../../../../../core/dns/wire/stored-answer.ts';
import { a, query, read, reply } from '../messages.ts';
import type { QueryOptions } from '../messages.ts';

const AD = 0x20;
const CD = 0x10;
const opt: Answer = {
  ...{ type: 'OPT', name: '.', udpPayloadSize: 4096, extendedRcode: 0, ednsVersion: 0 },
  ...{ flags: 0x8000, flag_do: true, options: [] },
};

function stored(): StoredAnswer {
  const asked = query('a.test', 'A', { udpSize: 1232 });
  const plain = query('a.test', 'A');
  const message = reply(asked, {
    flags: AD,
    answers: [a('a.test', '192.0.2.1', 100)],
    additionals: [a('ns.test', '192.0.2.53', 50), opt],
  });
  return new StoredAnswer(message, readReply(message, plain, plain.length), 0);
}

function give(answer: StoredAnswer, options: QueryOptions = {}, now = 0): Buffer {
  const view = new QueryView();
  assert.equal(view.read(query('A.Test', 'A', options)), 'answer');
  return answer.answer(view, true, now);
}

test('who speaks EDNS is answered in it, and nobody else', () => {
  const answer = stored();
  const plain = read(give(answer));
  assert.deepEqual(
    plain.additionals?.map(({ type }) => type),
    ['A'],
  );
  const edns = read(give(answer, { udpSize: 4096, dnssecOk: true }));
  const own = edns.additionals?.[1];
  assert.ok(own?.type === 'OPT' && own.udpPayloadSize === 1232 && own.flag_do);
  assert.equal(read(give(answer)).additionals?.length, 1, 'and again without');
});

test('that data are authentic is told to those who ask for it', () => {
  const answer = stored();
  const flagsFor = (options: QueryOptions): number => give(answer, options).readUInt16BE(2);
  assert.equal(flagsFor({}) & AD, 0);
  assert.equal(flagsFor({ flags: 0x0100 | AD }) & AD, AD);
  assert.equal(flagsFor({ udpSize: 1232, dnssecOk: true }) & AD, AD);
  assert.equal(flagsFor({ flags: CD }) & (CD | 0x0100), CD, 'CD and RD are the asker’s');
});

test('each TTL runs down by itself, to nothing at last', () => {
  const answer = stored();
  const ttls = (now: number): (number | undefined)[] => {
    const { answers = [], additionals = [] } = read(give(answer, {}, now));
    return [...answers, ...additionals].map((one) => ('ttl' in one ? one.ttl : undefined));
  };
  assert.deepEqual(ttls(10_900), [90, 40]);
  assert.deepEqual(ttls(60_000), [40, 0]);
  assert.deepEqual(ttls(0), [100, 50], 'the received ones are not lost');
});

test('the question is repeated as it was written', () => {
  assert.equal(read(give(stored())).questions?.[0]?.name, 'A.Test');
});
