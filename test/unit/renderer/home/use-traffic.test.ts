import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TrafficSample } from '../../../../renderer/live/status.ts';
import { joined } from '../../../../renderer/pages/home/use-traffic.ts';

const sample = (second: number, up: number): TrafficSample => ({
  time: second * 1000,
  up,
  down: 0,
  open: 0,
});

test('what core remembers ends where what was told since begins', () => {
  const past = [1, 2, 3, 4, 5].map((second) => sample(second, second));
  // The first has nothing to be compared with.
  const live = [sample(3, 0), sample(4, 44), sample(5, 55)];
  assert.deepEqual(
    joined(past, live).map(({ up }) => up),
    [1, 2, 3, 44, 55],
  );
});

test('before anything was told, what core remembers is all there is', () => {
  const past = [sample(1, 1)];
  assert.equal(joined(past, []), past);
  assert.equal(joined(past, [sample(2, 0)]), past);
});

test('what is older than five minutes is left out', () => {
  const past = [sample(1, 1), sample(290, 2)];
  const live = [sample(399, 0), sample(400, 3)];
  assert.deepEqual(
    joined(past, live).map(({ up }) => up),
    [2, 3],
  );
});
