import assert from 'node:assert/strict';
import test from 'node:test';
import { forget, listCache, listFakeIps } from '../../../../core/dns/dns-tables.ts';
import { openLab } from './dns-lab.ts';
import type { DnsLab } from './dns-lab.ts';
import { a, answersOf, query, read, reply } from './messages.ts';

const REAL = '{enhanced-mode: redir-host}';

async function realLab(): Promise<DnsLab> {
  const lab = await openLab({ dns: REAL });
  lab.exchange.script = (message) => {
    const name = read(message).questions?.[0]?.name ?? '';
    return reply(message, {
      answers: [a(name, name.startsWith('one') ? '192.0.2.1' : '192.0.2.2')],
    });
  };
  return lab;
}

test('the cache tells each answer: who gave it, how long it holds, how often it served', async () => {
  await using lab = await realLab();
  for (const name of ['one.test', 'two.test', 'one.test', 'ONE.test'])
    await lab.ask(query(name, 'A'));
  const { entries, matched } = await listCache(lab.service.memory, {});
  assert.equal(matched, 2);
  const one = entries.find(({ name }) => name === 'one.test')!;
  assert.deepEqual(
    [one.type, one.rcode, one.answer, one.hits, one.dnssec, one.policy],
    ['A', 'NOERROR', ['A 192.0.2.1'], 2, false, null],
  );
  assert.ok(one.ttl > 0 && one.ttl <= 300, `${one.ttl}`);
  assert.ok(one.server !== '');
});

test('the cache is searched by name and by address, and told in part', async () => {
  await using lab = await realLab();
  for (let n = 0; n < 20; n += 1) await lab.ask(query(`n${n}.site.test`, 'A'));
  await lab.ask(query('one.test', 'A'));
  const names = async (search: string, limit?: number): Promise<string[]> => {
    const wanted = limit === undefined ? { search } : { search, limit };
    return (await listCache(lab.service.memory, wanted)).entries.map(({ name }) => name);
  };
  assert.deepEqual(await names('N7.'), ['n7.site.test']);
  assert.deepEqual(await names('192.0.2.1'), ['one.test']);
  const some = await listCache(lab.service.memory, { search: 'site', limit: 3 });
  assert.deepEqual([some.entries.length, some.matched], [3, 20]);
});

test('one answer is forgotten, and asked for again', async () => {
  await using lab = await realLab();
  for (const name of ['one.test', 'two.test']) await lab.ask(query(name, 'A'));
  const { memory } = lab.service;
  assert.deepEqual(forget(memory, { what: 'cache', name: 'One.test', type: 'a' }), { count: 1 });
  const again = { what: 'cache', name: 'one.test', type: 'A' } as const;
  assert.throws(() => forget(memory, again), { code: 'ERR_DNS_UNKNOWN' });
  await lab.ask(query('one.test', 'A'));
  await lab.ask(query('two.test', 'A'));
  assert.equal(lab.exchange.asked.length, 3);
});

test('fake addresses are told with their names, what was used last first', async () => {
  await using lab = await openLab();
  const [first] = answersOf((await lab.ask(query('a.test', 'A')))!);
  for (const name of ['b.test', 'c.test', 'a.test']) await lab.ask(query(name, 'A'));
  lab.service.names.hold(first!);
  const { entries, matched } = await listFakeIps(lab.service.memory, {});
  assert.equal(matched, 3);
  assert.deepEqual(
    entries.map(({ name }) => name),
    ['a.test', 'c.test', 'b.test'],
  );
  const [entry] = entries;
  assert.equal(entry?.address4, first);
  assert.match(entry?.address6 ?? '', /^fdfe:dcba:9876:/);
  assert.equal(entry?.flows, 1);
  assert.ok(Math.abs(Date.parse(entry?.lastUsed ?? '') - Date.now()) < 60_000);
  const byAddress = await listFakeIps(lab.service.memory, { search: first! });
  assert.deepEqual(
    byAddress.entries.map(({ name }) => name),
    ['a.test'],
  );
  const { memory } = lab.service;
  const one = { what: 'fake-ip', name: 'a.test' } as const;
  assert.throws(() => forget(memory, one), { code: 'ERR_DNS_IN_USE' });
  lab.service.names.release(first!);
  assert.deepEqual(forget(memory, one), { count: 1 });
  assert.throws(() => forget(memory, one), { code: 'ERR_DNS_UNKNOWN' });
  assert.equal(lab.service.names.lookup(first!), 'unknown-fake');
});

test('a search among 100,000 fake names lets other work run in between', async () => {
  await using lab = await openLab({ dns: '{fake-ip-range: 198.18.0.0/15}' });
  const { pool } = lab.service.memory.fakes!;
  for (let n = 0; n < 100_000; n += 1) pool.take(`www.host-${n}.example.com`);
  let turns = 0;
  const count = (): void => {
    turns += 1;
    timer = setImmediate(count);
  };
  let timer = setImmediate(count);
  const { matched, entries } = await listFakeIps(lab.service.memory, { search: 'host-9' });
  clearImmediate(timer);
  assert.equal(matched, 11_111);
  assert.equal(entries.length, 200);
  assert.ok(turns >= 20, `${turns} turns`);
});
