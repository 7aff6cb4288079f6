import assert from 'node:assert/strict';
import test from 'node:test';
import { Forwarder, ForwardError } from '../../../../core/dns/forwarder.ts';
import type { Found } from '../../../../core/dns/forwarder.ts';
import { QueryView } from '../../../../core/dns/wire/query-view.ts';
import { copyAsker } from '../../../../core/dns/wire/local-reply.ts';
import { a, query, read, reply, soa } from './messages.ts';
import { ScriptedExchange } from './scripted-exchange.ts';

const client = { address: '198.18.0.1', port: 4000, transport: 'udp' } as const;
const HOUR = 3_600_000;

class Lab {
  readonly exchange = new ScriptedExchange();
  now = 1_000_000;
  readonly forwarder: Forwarder;
  readonly #view = new QueryView();

  constructor(maxEntries = 100) {
    this.forwarder = new Forwarder({
      exchange: this.exchange,
      cache: { algorithm: 'lru', maxEntries },
      onBadReply: () => {},
      now: () => this.now,
    });
    this.answerWith('192.0.2.1', 60);
  }

  answerWith(address: string, ttl: number): void {
    this.exchange.script = (message, { name }) =>
      reply(message, { answers: [a(name, address, ttl)] });
  }

  async find(name: string, type = 'A'): Promise<Found> {
    this.#view.read(query(name, type));
    const key = this.#view.key();
    const entry = this.forwarder.fresh(key, this.now);
    if (entry !== null) return { entry, how: 'cache' };
    const question = { name, type: this.#view.type };
    return this.forwarder.find(key, question, copyAsker(this.#view), client);
  }

  /** How a name was found, and the TTL and data of its first record as an asker gets them. */
  async ask(name: string): Promise<[how: string, ttl: number, data: string]> {
    const { entry, how } = await this.find(name);
    this.#view.read(query(name, 'A'));
    const message = entry.answer.answer(this.#view, true, this.now, how === 'stale');
    const [record] = read(message).answers ?? [];
    assert.ok(record?.type === 'A');
    return [how, record.ttl ?? -1, record.data];
  }

  get asked(): number {
    return this.exchange.asked.length;
  }
}

test('an answer holds for as long as it says, and its TTL runs down', async () => {
  const lab = new Lab();
  assert.deepEqual(await lab.ask('a.test'), ['server', 60, '192.0.2.1']);
  lab.now += 20_500;
  assert.deepEqual(await lab.ask('a.test'), ['cache', 40, '192.0.2.1']);
  lab.now += 39_400;
  assert.deepEqual(await lab.ask('a.test'), ['cache', 1, '192.0.2.1']);
  assert.equal(lab.asked, 1);
});

test('past its time an answer is given once more while it is asked for again', async () => {
  const lab = new Lab();
  await lab.ask('a.test');
  lab.answerWith('192.0.2.2', 60);
  lab.now += 61_000;
  assert.deepEqual(await lab.ask('a.test'), ['stale', 30, '192.0.2.1']);
  await new Promise(setImmediate);
  assert.deepEqual(await lab.ask('a.test'), ['cache', 60, '192.0.2.2']);
  assert.equal(lab.asked, 2);
});

test('an answer that is very old waits for the servers, and is given where they fail', async () => {
  const lab = new Lab();
  await lab.ask('a.test');
  lab.now += 2 * HOUR;
  lab.answerWith('192.0.2.2', 60);
  assert.deepEqual(await lab.ask('a.test'), ['server', 60, '192.0.2.2']);
  lab.now += 2 * HOUR;
  lab.exchange.script = () => null;
  assert.deepEqual(await lab.ask('a.test'), ['stale', 30, '192.0.2.2']);
  assert.deepEqual(await lab.ask('a.test'), ['stale', 30, '192.0.2.2']);
  assert.equal(lab.asked, 3, 'after a failure nobody is asked for a moment');
  lab.now += 24 * HOUR;
  await assert.rejects(lab.ask('a.test'), ForwardError);
});

test('that something does not exist is never told past its time', async () => {
  const lab = new Lab();
  lab.exchange.script = (message) => reply(message, { rcode: 3, authorities: [soa('test', 10)] });
  assert.equal((await lab.find('a.test')).entry.answer.rcode, 3);
  assert.equal((await lab.find('a.test')).how, 'cache');
  lab.now += 11_000;
  lab.answerWith('192.0.2.1', 60);
  assert.deepEqual(await lab.ask('a.test'), ['server', 60, '192.0.2.1']);
});

test('failures are remembered for a moment, and longer when they repeat', async () => {
  const lab = new Lab();
  lab.exchange.script = () => null;
  const askedAfter = async (ms: number): Promise<number> => {
    lab.now += ms;
    await assert.rejects(lab.find('a.test'), { code: 'ERR_DNS_UNREACHABLE', rcode: 2 });
    return lab.asked;
  };
  assert.equal(await askedAfter(0), 1);
  assert.equal(await askedAfter(500), 1);
  assert.equal(await askedAfter(600), 2);
  assert.equal(await askedAfter(1100), 2);
  assert.equal(await askedAfter(1000), 3);
  for (let n = 0; n < 20; n += 1) await askedAfter(31_000);
  assert.equal(lab.asked, 23, 'half a minute at most');
  lab.answerWith('192.0.2.1', 60);
  lab.now += 31_000;
  await lab.ask('a.test');
});

test('all who ask the same at the same time wait for one lookup', async () => {
  const lab = new Lab();
  const { promise: opened, resolve: open } = Promise.withResolvers<null>();
  const script = lab.exchange.script;
  lab.exchange.script = (message, question) => opened.then(() => script(message, question)!);
  const all = Promise.all(Array.from({ length: 50 }, () => lab.find('a.test')));
  const other = lab.find('b.test');
  open(null);
  const found = await all;
  assert.ok(found.every(({ entry }) => entry === found[0]?.entry));
  assert.notEqual((await other).entry, found[0]?.entry);
  assert.equal(lab.asked, 2);
});

test('names beyond those that may be looked up at once are told so, and are asked for later', async () => {
  const lab = new Lab();
  const { promise: opened, resolve: open } = Promise.withResolvers<null>();
  const script = lab.exchange.script;
  lab.exchange.script = (message, question) => opened.then(() => script(message, question)!);
  const all = Array.from({ length: 1600 }, (_, index) => lab.find(`n${index}.test`));
  lab.forwarder.flush();
  await assert.rejects(lab.find('more.test'), { code: 'ERR_DNS_BUSY', rcode: 2 });
  open(null);
  const done = await Promise.allSettled(all);
  assert.equal(done.filter(({ status }) => status === 'fulfilled').length, 1536);
  assert.equal((await lab.find('more.test')).how, 'server');
});

test('a TTL of zero is not kept', async () => {
  const lab = new Lab();
  lab.answerWith('192.0.2.1', 0);
  assert.deepEqual(await lab.ask('a.test'), ['server', 0, '192.0.2.1']);
  assert.deepEqual(await lab.ask('a.test'), ['server', 0, '192.0.2.1']);
  assert.equal(lab.forwarder.cacheEntries, 0);
});

test('the cache is bounded in number, and its bytes are counted', async () => {
  const lab = new Lab(3);
  for (const name of ['a.test', 'b.test', 'c.test', 'd.test']) await lab.find(name);
  assert.equal(lab.forwarder.cacheEntries, 3);
  assert.equal((await lab.find('a.test')).how, 'server');
  assert.equal((await lab.find('d.test')).how, 'cache');
  assert.ok(lab.forwarder.cacheBytes > 0);
  lab.forwarder.flush();
  assert.deepEqual([lab.forwarder.cacheEntries, lab.forwarder.cacheBytes], [0, 0]);
});

test('an answer that was under way during a flush is given, and not kept', async () => {
  const lab = new Lab();
  const { promise, resolve } = Promise.withResolvers<null>();
  const script = lab.exchange.script;
  lab.exchange.script = (message, question) => promise.then(() => script(message, question)!);
  const early = lab.find('a.test');
  lab.forwarder.flush();
  resolve(null);
  assert.equal((await early).how, 'server');
  assert.equal((await lab.find('a.test')).how, 'server');
  assert.equal(lab.asked, 2);
});

test('a resolver that is being closed answers nobody any more', async () => {
  const lab = new Lab();
  lab.forwarder.close();
  await assert.rejects(lab.find('a.test'), { code: 'ERR_DNS_CLOSED' });
});
