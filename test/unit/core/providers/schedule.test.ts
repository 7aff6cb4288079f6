import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nextAttempt } from '../../../../core/providers/schedule.ts';

const HOUR = 3_600_000;
const NOW = 1_000 * HOUR;
const fresh = { failures: 0, triedAt: null };

test('what was never fetched is due at once', () => {
  assert.equal(nextAttempt({ ...fresh, freshAt: null }, 0, NOW, 0.5), NOW);
  assert.equal(nextAttempt({ ...fresh, freshAt: null }, HOUR, NOW, 0.5), NOW);
});

test('what is fresh is due after the interval, give or take a twentieth', () => {
  const attempts = { ...fresh, freshAt: NOW };
  assert.equal(nextAttempt(attempts, HOUR, NOW, 0.5), NOW + HOUR);
  assert.equal(nextAttempt(attempts, HOUR, NOW, 0), NOW + 0.95 * HOUR);
  assert.equal(nextAttempt(attempts, HOUR, NOW, 1), NOW + 1.05 * HOUR);
});

test('without an interval it stays as it is', () => {
  assert.equal(nextAttempt({ ...fresh, freshAt: 0 }, 0, NOW, 0.5), null);
});

test('what is overdue comes soon, not all at once', () => {
  const attempts = { ...fresh, freshAt: NOW - 100 * HOUR };
  assert.equal(nextAttempt(attempts, HOUR, NOW, 0), NOW);
  assert.equal(nextAttempt(attempts, HOUR, NOW, 1), NOW + 3_000);
});

test('a clock that went back does not keep it waiting for longer than the interval', () => {
  const attempts = { ...fresh, freshAt: NOW + 1000 * HOUR };
  assert.equal(nextAttempt(attempts, HOUR, NOW, 1), NOW + 1.05 * HOUR);
});

test('failures wait for ever longer, up to an hour or the interval', () => {
  const after = (failures: number, interval: number): number =>
    (nextAttempt({ freshAt: 0, failures, triedAt: NOW }, interval, NOW, 0.5) ?? 0) - NOW;
  assert.deepEqual(
    [1, 2, 3, 4].map((failures) => after(failures, 24 * HOUR)),
    [10_000, 20_000, 40_000, 80_000],
  );
  assert.equal(after(100, 24 * HOUR), HOUR);
  assert.equal(after(100, 60_000), 60_000);
  assert.equal(after(100, 0), HOUR);
});

test('whatever the numbers are, an attempt is planned and never in the past', () => {
  const time = fc.nat(2 ** 40);
  const attempts = fc.record({
    freshAt: fc.option(time),
    failures: fc.nat(1000),
    triedAt: fc.constant(NOW),
  });
  const random = fc.double({ min: 0, max: 1, noNaN: true });
  fc.assert(
    fc.property(attempts, fc.integer({ min: 1, max: 2 ** 31 }), random, (given, interval, r) => {
      const next = nextAttempt(given, interval, NOW, r);
      assert.ok(next !== null && next >= NOW);
    }),
  );
});
