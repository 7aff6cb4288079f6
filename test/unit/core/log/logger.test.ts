import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../../../core/log/logger.ts';

function capture(level: 'debug' | 'info' | 'warning' | 'error' | 'silent' = 'info') {
  const lines: string[] = [];
  const clock = { time: 1_000_000 };
  const logger = createLogger({
    level,
    write: (line) => lines.push(line),
    now: () => clock.time,
  });
  return { lines, clock, logger };
}

test('a line carries its time, level, code and message', () => {
  const { lines, logger } = capture();
  logger.warning('CODE_A', 'something happened');
  assert.deepEqual(lines, ['1970-01-01T00:16:40.000Z warning CODE_A something happened\n']);
});

test('lines below the level are not written', () => {
  const { lines, logger } = capture('warning');
  logger.info('CODE_A', 'quiet');
  logger.error('CODE_A', 'loud');
  assert.equal(lines.length, 1);
  assert.match(lines[0] ?? '', /loud/);
});

test('silent writes nothing at all', () => {
  const { lines, logger } = capture('silent');
  logger.error('CODE_A', 'loud');
  assert.deepEqual(lines, []);
});

test('a flood of one code is cut, counted, and leaves other codes alone', () => {
  const { lines, clock, logger } = capture();
  for (let i = 0; i < 100; i += 1) logger.info('FLOOD', 'again');
  logger.info('OTHER', 'still seen');
  assert.equal(lines.filter((line) => line.includes('FLOOD')).length, 10);
  assert.equal(lines.filter((line) => line.includes('OTHER')).length, 1);
  clock.time += 10_000;
  logger.info('FLOOD', 'again');
  assert.match(lines.at(-1) ?? '', /and 90 more like it before/);
});

test('control characters of a hostile name do not reach the terminal', () => {
  const { lines, logger } = capture();
  logger.info('CODE_A', 'host \u001b[2Jevil\nname');
  assert.match(lines[0] ?? '', /host \\u\{1b\}\[2Jevil\\u\{a\}name\n$/);
});
