import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOf, nextTotals } from '../../../renderer/live/totals.ts';
import type { LiveTotals } from '../../../renderer/live/totals.ts';
import { aRow, aTotals } from './a-totals.ts';

const NONE: LiveTotals = { totals: null, rates: new Map() };

test('a rate comes from two lines, and fades when nothing moves', () => {
  const key = keyOf('upstream', aRow('p', 0, 0));
  let live = nextTotals(NONE, aTotals(1, { upstream: [aRow('p', 100, 1000)] }));
  assert.equal(live.rates.size, 0);
  live = nextTotals(live, aTotals(3, { upstream: [aRow('p', 300, 3000)] }));
  assert.deepEqual(live.rates.get(key), { up: 60, down: 600 });
  for (let second = 4; second < 20; second += 1) {
    live = nextTotals(live, aTotals(second, { upstream: [aRow('p', 300, 3000)] }));
  }
  assert.equal(live.rates.size, 0);
});

test('a row that comes out of the others has no rate at first, and none is negative', () => {
  let live = nextTotals(NONE, aTotals(1, { process: [aRow('a', 500, 0)] }));
  live = nextTotals(live, aTotals(2, { process: [aRow('a', 400, 0), aRow('b', 1_000_000, 0)] }));
  assert.equal(live.rates.size, 0);
});

test('a core that began anew begins anew here', () => {
  let live = nextTotals(NONE, aTotals(1, { upstream: [aRow('p', 100, 0)] }));
  const since = '2026-01-02T00:00:00.000Z';
  live = nextTotals(live, { ...aTotals(2, { upstream: [aRow('p', 900, 0)] }), since });
  assert.equal(live.rates.size, 0);
});
