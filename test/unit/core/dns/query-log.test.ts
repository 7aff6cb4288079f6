import assert from 'node:assert/strict';
import test from 'node:test';
import { QueryLog, QueryWatch } from '../../../../core/dns/query-log.ts';

function add(log: QueryLog, count: number): void {
  for (let n = 0; n < count; n += 1) {
    const record = log.next();
    record.name = `n${record.id}.test`;
    record.type = 1;
    record.asked = performance.now();
  }
}

test('the latest queries are kept, and a watcher hears of each once', () => {
  const log = new QueryLog();
  add(log, 3);
  const watch = new QueryWatch(log);
  assert.deepEqual(watch.next().queries, [], 'what was before is not news');
  add(log, 2);
  assert.deepEqual(
    watch.next().queries.map(({ name }) => name),
    ['n4.test', 'n5.test'],
  );
  add(log, 1500);
  const { queries, missed } = watch.next();
  assert.deepEqual([queries.length, missed], [300, 1200]);
  assert.equal(queries.at(-1)?.name, 'n1505.test');
  assert.equal(log.recent().length, 1000);
});

test('a watcher that asks for it begins with what is kept', () => {
  const log = new QueryLog();
  add(log, 3);
  const watch = new QueryWatch(log, 'kept');
  assert.equal(watch.next().queries.length, 3);
  assert.deepEqual(watch.next().queries, []);
});

test('the time of a query is that of the wall clock now, even after that has jumped', (t) => {
  const log = new QueryLog();
  add(log, 1);
  const before = Date.parse(log.recent()[0]!.toInfo().time);
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 86_400_000 });
  const after = Date.parse(log.recent()[0]!.toInfo().time);
  assert.ok(after - before > 80_000_000);
});
