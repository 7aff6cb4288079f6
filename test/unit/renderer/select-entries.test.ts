import assert from 'node:assert/strict';
import test from 'node:test';
import type { LogEntry } from '../../../core/api/logs.ts';
import {
  filterForCode,
  selectEntries,
  toJsonLines,
  toText,
} from '../../../renderer/pages/logs/select-entries.ts';

const entry = (id: number, some: Partial<LogEntry>): LogEntry => ({
  ...{ id, time: `2026-01-01T00:00:0${id}.000Z`, level: 'info', code: 'RUNNING' },
  ...{ message: 'Sluice runs.', suppressed: 0 },
  ...some,
});
/** Newest first. */
const entries = [
  entry(3, { level: 'error', code: 'DIAL_FAILED', message: 'running out of sockets' }),
  entry(2, { level: 'warning', code: 'DIAL', message: 'DIAL_FAILED is another code' }),
  entry(1, {}),
];
const ids = (level: LogEntry['level'], filter: string): number[] =>
  selectEntries(entries, level, filter).map(({ id }) => id);

test('entries are chosen by level, by words and by code', () => {
  assert.deepEqual(ids('debug', ''), [3, 2, 1]);
  assert.deepEqual(ids('warning', ''), [3, 2]);
  assert.deepEqual(ids('debug', 'running'), [3, 1]);
  assert.deepEqual(ids('debug', filterForCode('DIAL_FAILED')), [3]);
  assert.deepEqual(ids('debug', 'code:dial another'), [2]);
  assert.deepEqual(ids('debug', 'code:'), []);
});

test('what is taken along is oldest first, as text or with every field', () => {
  assert.equal(
    toText(entries).split('\n')[0],
    '2026-01-01T00:00:01.000Z info RUNNING Sluice runs.',
  );
  const lines = toJsonLines(entries).trimEnd().split('\n');
  assert.deepEqual(
    lines.map((line) => JSON.parse(line) as LogEntry),
    entries.toReversed(),
  );
});
