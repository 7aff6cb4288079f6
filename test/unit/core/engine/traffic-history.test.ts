import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TrafficHistory } from '../../../../core/engine/traffic-history.ts';

const START = Date.parse('2026-01-01T00:00:00Z');

/** One look a second, for so long; `bytes` is what went through by then. */
function run(seconds: number, bytes: (second: number) => number): TrafficHistory {
  const history = new TrafficHistory(START);
  for (let second = 1; second <= seconds; second += 1) {
    const upload = bytes(second);
    history.note({ upload, download: 2 * upload, open: second }, START + second * 1000);
  }
  return history;
}

test('a sample is the bytes a second since the one before', () => {
  const history = run(3, (second) => second * second * 10);
  assert.deepEqual(history.read('minutes'), {
    since: '2026-01-01T00:00:00.000Z',
    step: 1000,
    times: [START + 1000, START + 2000, START + 3000],
    up: [10, 30, 50],
    down: [20, 60, 100],
    open: [1, 2, 3],
  });
});

test('the hour has a sample for every ten seconds', () => {
  const { times, up, step } = run(60, (second) => second * 7).read('hour');
  assert.equal(step, 10_000);
  assert.equal(times.length, 6);
  assert.deepEqual([...new Set(up)], [7]);
});

test('what is kept is bounded, and since the start nothing is lost', () => {
  const seconds = 30 * 3600;
  const history = run(seconds, (second) => second * 100);
  assert.equal(history.read('minutes').times.length, 300);
  assert.equal(history.read('minutes').times[0], START + (seconds - 299) * 1000);
  assert.equal(history.read('hour').times.length, 360);
  const { times, up, step } = history.read('start');
  assert.ok(times.length <= 720 && times.length >= 360, `${times.length} samples`);
  assert.ok(step > 10_000);
  // Every sample goes at the same rate, so that the whole does.
  assert.deepEqual([...new Set(up)], [100]);
  assert.ok((times.at(-1) ?? 0) > START + (seconds - 2 * (step / 1000)) * 1000);
});

test('a machine that slept has one long sample', () => {
  const history = new TrafficHistory(START);
  history.note({ upload: 100, download: 0, open: 0 }, START + 1000);
  history.note({ upload: 3700, download: 0, open: 0 }, START + 3_601_000);
  assert.deepEqual(history.read('minutes').up, [100, 1]);
});

test('a clock that is set back leaves no sample in the future', () => {
  const history = run(10, (second) => second * 10);
  history.note({ upload: 200, download: 0, open: 0 }, START + 5_000);
  history.note({ upload: 260, download: 0, open: 0 }, START + 6_000);
  const { times, up } = history.read('minutes');
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  assert.equal(up.at(-1), 60);
  assert.equal(Math.max(...up), 100);
});
