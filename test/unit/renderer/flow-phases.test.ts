import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowInfo } from '../../../core/api/flows.ts';
import { phasesOf, scaleOf } from '../../../renderer/pages/connections/flow-phases.ts';
import { flow } from './a-flow.ts';

const START = Date.parse('2026-01-01T00:00:00.000Z');

function phases(more: Partial<FlowInfo>): string[] {
  return phasesOf(flow(1, more), START + 5000).map(
    ({ kind, start, end, state }) => `${kind} ${start}-${end} ${state}`,
  );
}

test('each step is waited for from the one before, and being open goes on', () => {
  const timeline = { decided: 1, dialled: 1, connected: 30, accepted: 31, firstUp: 40 };
  assert.deepEqual(phases({ timeline, upload: 9 }), [
    'decided 0-1 done',
    'connected 1-30 done',
    'accepted 30-31 done',
    'firstUp 31-40 done',
    'open 40-5000 running',
  ]);
});

test('where the name was read first, the handshake comes before the rule', () => {
  const timeline = { accepted: 2, firstUp: 4, decided: 5, dialled: 5, connected: 9, firstDown: 20 };
  const kinds = phasesOf(flow(1, { timeline, upload: 9 }), START).map(({ kind }) => kind);
  assert.deepEqual(kinds, ['accepted', 'firstUp', 'decided', 'connected', 'firstDown', 'open']);
});

test('a flow that is held or dialled waits for what comes next', () => {
  assert.deepEqual(phases({ state: 'deciding', timeline: {} }), ['decided 0-5000 running']);
  assert.deepEqual(phases({ state: 'dialling', timeline: { decided: 2, dialled: 3 } }), [
    'decided 0-2 done',
    'connected 3-5000 running',
  ]);
});

test('a flow that failed broke off what it waited for; one that was refused only ended', () => {
  const end = '2026-01-01T00:00:01.000Z';
  const failed = { decided: 2, dialled: 3, ended: 1000 };
  assert.deepEqual(phases({ state: 'failed', end, timeline: failed }), [
    'decided 0-2 done',
    'connected 3-1000 broken',
  ]);
  assert.deepEqual(phases({ state: 'refused', end, timeline: { decided: 2, ended: 2 } }), [
    'decided 0-2 done',
  ]);
  const closed = { decided: 1, dialled: 1, connected: 3, accepted: 4, ended: 900 };
  assert.equal(phases({ state: 'closed', end, timeline: closed }).at(-1), 'open 4-900 done');
});

test('what comes before it is open is to scale, whatever follows', () => {
  const timeline = { decided: 10, dialled: 10, connected: 20, accepted: 20 };
  const scale = scaleOf(phasesOf(flow(1, { timeline }), START + 3_600_000));
  assert.deepEqual([0, 10, 20, 3_600_000].map(scale), [0, 0.375, 0.75, 1]);
  const dialling = scaleOf(
    phasesOf(flow(1, { state: 'dialling', timeline: { decided: 1, dialled: 1 } }), START + 100),
  );
  assert.equal(dialling(100), 1);
});
