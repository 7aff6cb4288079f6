import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowsFrame } from '../../../core/api/flows.ts';
import type { Status } from '../../../core/api/status.ts';
import { parseFilter } from '../../../renderer/pages/connections/flow-filter.ts';
import { nextFlows } from '../../../renderer/live/flows.ts';
import type { Flows } from '../../../renderer/live/flows.ts';
import { nextHealth } from '../../../renderer/live/status.ts';
import { selectFlows } from '../../../renderer/pages/connections/select-flows.ts';
import { flow } from './a-flow.ts';

const NONE: Flows = { open: new Map(), closed: [], rates: new Map(), time: 0 };

function frame(second: number, more: Partial<FlowsFrame>): FlowsFrame {
  const time = new Date(1_000_000 + second * 1000).toISOString();
  const nothing = {
    opened: [],
    changed: [],
    moved: [],
    closed: [],
    gone: [],
    queries: [],
    missed: 0,
    missedQueries: 0,
  };
  return { time, ...nothing, ...more };
}

test('flows open, change with their rates, and move to the closed ones newest first', () => {
  let flows = nextFlows(NONE, frame(0, { opened: [flow(1), flow(2)] }));
  flows = nextFlows(flows, frame(2, { changed: [flow(1, { upload: 2048, download: 4096 })] }));
  assert.deepEqual(flows.rates.get(1), { up: 1024, down: 2048 });
  flows = nextFlows(flows, frame(3, { closed: [flow(1), flow(2)] }));
  assert.equal(flows.open.size, 0);
  assert.deepEqual(
    flows.closed.map(({ id }) => id),
    [2, 1],
  );
});

test('of flows that only move bytes three numbers are enough', () => {
  let flows = nextFlows(NONE, frame(0, { opened: [flow(1, { domain: 'a.test' }), flow(2)] }));
  flows = nextFlows(flows, frame(1, { moved: [1, 100, 200, 9, 5, 5] }));
  const { domain, upload, download } = flows.open.get(1) ?? flow(0);
  assert.deepEqual([domain, upload, download], ['a.test', 100, 200]);
  assert.deepEqual(flows.rates.get(1), { up: 100, down: 200 });
  assert.equal(flows.open.size, 2);
});

test('a line that follows at once changes no rate', () => {
  let flows = nextFlows(NONE, frame(0, { opened: [flow(1)] }));
  flows = nextFlows(flows, frame(1, { moved: [1, 100, 0] }));
  flows = nextFlows(flows, frame(1.001, { opened: [flow(2)] }));
  assert.equal(flows.rates.get(1)?.up, 100);
  flows = nextFlows(flows, frame(2, { moved: [1, 300, 0] }));
  // Of the latest second's 200, and of the 100 before.
  assert.equal(flows.rates.get(1)?.up, 160);
});

test('the rate of a flow that rests between two gusts fades, and is gone in the end', () => {
  let flows = nextFlows(NONE, frame(0, { opened: [flow(1)] }));
  flows = nextFlows(flows, frame(1, { moved: [1, 100, 0] }));
  flows = nextFlows(flows, frame(2, {}));
  assert.equal(flows.rates.get(1)?.up, 40);
  for (let second = 3; second < 10; second += 1) flows = nextFlows(flows, frame(second, {}));
  assert.equal(flows.rates.get(1), undefined);
});

test('flows of which no more is told than that they ended are open no longer', () => {
  let flows = nextFlows(NONE, frame(0, { opened: [flow(1), flow(2)] }));
  flows = nextFlows(flows, frame(1, { gone: [1], missed: 1 }));
  assert.deepEqual([[...flows.open.keys()], flows.closed], [[2], []]);
});

test('only so many closed flows are kept', () => {
  const many = Array.from({ length: 1500 }, (_, n) => flow(n));
  assert.equal(nextFlows(NONE, frame(0, { closed: many })).closed.length, 1000);
});

test('every word of the filter must be somewhere in a flow', () => {
  const all = [
    flow(1, {
      domain: 'www.example.com',
      rule: { index: 0, text: 'DOMAIN-SUFFIX,example.com,office' },
    }),
    flow(2, { domain: 'example.net', network: 'udp' }),
  ];
  const ids = (filter: string): number[] =>
    selectFlows(all, NONE, parseFilter(filter), { column: 'host', isDescending: false }).map(
      ({ id }) => id,
    );
  assert.deepEqual(ids(''), [2, 1]);
  assert.deepEqual(ids('EXAMPLE office'), [1]);
  assert.deepEqual(ids('example udp'), [2]);
  assert.deepEqual(ids('nowhere'), []);
  assert.deepEqual(ids('network:udp'), [2]);
  assert.deepEqual(ids('rule:udp'), []);
  assert.deepEqual(ids('192.0.2.1:443 zone:host'), [2, 1]);
});

test('numbers sort as numbers, and equal ones newest first', () => {
  const all = [flow(1, { download: 9 }), flow(2, { download: 10 }), flow(3, { download: 9 })];
  const ids = selectFlows(all, NONE, parseFilter(''), { column: 'down', isDescending: true }).map(
    ({ id }) => id,
  );
  assert.deepEqual(ids, [2, 3, 1]);
});

test('the traffic of a core that began anew is never below zero', () => {
  const status = (upload: number): Status =>
    ({ flows: { open: 1, total: 1, refused: 0, failed: 0, upload, download: 0 } }) as Status;
  let health = nextHealth({ status: null, traffic: [] }, status(0), 0);
  health = nextHealth(health, status(5000), 1000);
  health = nextHealth(health, status(10), 2000);
  assert.deepEqual(
    health.traffic.map(({ up }) => up),
    [0, 5000, 0],
  );
});
