import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LogWatch } from '../../../../core/log/log-ring.ts';
import { createLogger } from '../../../../core/log/logger.ts';

function logger() {
  return createLogger({ level: 'info', write: () => {} });
}

test('what is written is kept, and nothing else', () => {
  const log = logger();
  log.debug('QUIET', 'not written');
  log.warning('LOUD', 'a\nb');
  const [entry, ...more] = log.recent.after(0);
  assert.equal(more.length, 0);
  assert.deepEqual(
    { ...entry, time: '' },
    {
      id: 1,
      time: '',
      level: 'warning',
      code: 'LOUD',
      message: 'a\\u{a}b',
      suppressed: 0,
    },
  );
});

test('a watch tells all that is kept, then what is new', () => {
  const log = logger();
  log.info('A', 'one');
  const watch = new LogWatch(log.recent);
  assert.deepEqual(
    watch.next().entries.map(({ code }) => code),
    ['A'],
  );
  log.info('B', 'two');
  assert.deepEqual(
    watch.next().entries.map(({ code }) => code),
    ['B'],
  );
  assert.deepEqual(watch.next(), { entries: [], missed: 0 });
});

test('a watch that comes too late says how many it missed', () => {
  const log = logger();
  log.info('FIRST', 'seen');
  const watch = new LogWatch(log.recent);
  watch.next();
  for (let n = 0; n < 2500; n += 1) log.info(`CODE_${n}`, 'one of many');
  const { entries, missed } = watch.next();
  assert.equal(entries.length, 2000);
  assert.equal(missed, 500);
  assert.equal(entries.at(-1)?.code, 'CODE_2499');
});
