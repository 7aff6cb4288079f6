import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flowJson } from '../../../../core/engine/flow-json.ts';
import { FlowTable, RECENT_FLOWS } from '../../../../core/engine/flow-table.ts';
import { FlowWatch } from '../../../../core/engine/flow-watch.ts';

function openFlow(table: FlowTable, srcPort = 40000) {
  return table.open('tcp', '198.18.0.1', srcPort, '192.0.2.1', 443);
}

test('a live flow shows the bytes that its meter counts when asked', () => {
  const table = new FlowTable();
  const record = openFlow(table);
  const counts = { received: 1, sent: 2 };
  record.meter = { counts: () => counts };
  counts.received = 10;
  const info = record.toInfo();
  assert.equal(info.upload, 10);
  assert.equal(info.download, 2);
  assert.equal(info.end, null);
});

test('a finished flow leaves the live list, keeps its bytes and is counted by how it ended', () => {
  const table = new FlowTable();
  const record = openFlow(table);
  record.meter = { counts: () => ({ received: 7, sent: 9 }) };
  table.finish(record, 'failed', { code: 'ERR_X', message: 'x' });
  assert.equal(table.liveCount, 0);
  assert.deepEqual(table.totals(), {
    open: 0,
    total: 1,
    refused: 0,
    failed: 1,
    upload: 7,
    download: 9,
  });
  assert.equal(table.recent()[0]?.toInfo().upload, 7);
});

test('the JSON of a flow says what the flow says, whatever changes', () => {
  const table = new FlowTable();
  const record = openFlow(table);
  const same = (): void => assert.deepEqual(JSON.parse(flowJson(record)), record.toInfo());
  same();
  record.domain = 'a","upload":0,"download":0,"x":"';
  record.ruleText = 'MATCH,"upload":0,"download":0';
  record.state = 'open';
  const counts = { received: 0, sent: 0 };
  record.meter = { counts: () => counts, firstBytes: () => ({ received: 1e9, sent: null }) };
  same();
  same();
  Object.assign(counts, { received: 12, sent: 3 });
  same();
  assert.ok(record.toInfo().timeline.firstUp !== undefined);
  same();
  record.process = { name: 'curl "x"', path: '/usr/bin/curl', uid: 7 };
  same();
  Object.assign(counts, { received: 1_000_000, sent: 2 ** 40 });
  same();
  table.finish(record, 'closed', { code: 'ERR_X', message: 'x' });
  same();
  assert.equal(record.text, null);
});

test('finishing a flow twice counts it once', () => {
  const table = new FlowTable();
  const record = openFlow(table);
  table.finish(record, 'refused');
  table.finish(record, 'failed');
  assert.equal(table.totals().refused, 1);
  assert.equal(table.totals().failed, 0);
});

test('the ring keeps the latest flows, oldest first', () => {
  const table = new FlowTable();
  for (let port = 1; port <= RECENT_FLOWS + 5; port += 1)
    table.finish(openFlow(table, port), 'closed');
  const recent = table.recent();
  assert.equal(recent.length, RECENT_FLOWS);
  assert.equal(recent[0]?.srcPort, 6);
  assert.equal(recent.at(-1)?.srcPort, RECENT_FLOWS + 5);
});

test('closing calls the abort of a live flow and reports an unknown id', () => {
  const table = new FlowTable();
  const record = openFlow(table);
  let aborted = 0;
  record.abort = () => {
    aborted += 1;
  };
  assert.equal(table.close(record.id), true);
  assert.equal(aborted, 1);
  assert.equal(table.close(record.id + 1), false);
});

test('the first frame of a watch carries every live flow, the next only what changed', () => {
  const table = new FlowTable();
  const first = openFlow(table, 1);
  const second = openFlow(table, 2);
  const watch = new FlowWatch(table);
  assert.deepEqual(
    watch.next().opened.map((flow) => flow.id),
    [first.id, second.id],
  );
  second.state = 'open';
  const third = openFlow(table, 3);
  table.finish(first, 'closed');
  const frame = watch.next();
  assert.deepEqual(
    [frame.opened, frame.changed, frame.closed].map((flows) => flows.map((flow) => flow.id)),
    [[third.id], [second.id], [first.id]],
  );
});

test('a flow that only moves bytes is three numbers; its first ones are told with their time', () => {
  const table = new FlowTable();
  const record = openFlow(table);
  let counts = { received: 0, sent: 0 };
  record.meter = { counts: () => counts };
  const watch = new FlowWatch(table);
  watch.next();
  counts = { received: 5, sent: 7 };
  const first = watch.next();
  assert.deepEqual([first.changed.map(({ upload }) => upload), first.moved], [[5], []]);
  counts = { received: 6, sent: 9 };
  const later = watch.next();
  assert.deepEqual([later.changed, later.moved], [[], [record.id, 6, 9]]);
  assert.deepEqual(watch.next().moved, []);
  record.process = { name: 'curl', path: '', uid: null };
  assert.equal(watch.next().changed.length, 1);
});

test('thousands of flows come in several lines at once, whole, and each once', () => {
  const table = new FlowTable();
  for (let n = 0; n < 1200; n += 1) openFlow(table);
  const watch = new FlowWatch(table);
  const ids: number[] = [];
  const lines = [];
  do {
    const line = watch.next();
    lines.push(line.opened.length);
    ids.push(...line.opened.map(({ id }) => id));
    if (lines.length === 1) openFlow(table);
  } while (watch.hasMore);
  assert.deepEqual(lines, [500, 500, 201]);
  assert.deepEqual(
    ids,
    [...ids].sort((a, b) => a - b),
  );
  assert.equal(new Set(ids).size, 1201);
});

test('a flow that ended between two lines of one look is told as closed alone', () => {
  const table = new FlowTable();
  const records = Array.from({ length: 600 }, () => openFlow(table));
  const watch = new FlowWatch(table);
  watch.next();
  const [told] = records;
  const untold = records.at(-1);
  assert.ok(told && untold);
  table.finish(told, 'closed');
  table.finish(untold, 'closed');
  const { opened, closed } = watch.next();
  assert.equal(opened.length, 99);
  assert.deepEqual(
    closed.map(({ id }) => id),
    [told.id, untold.id],
  );
});

test('a frame says how many ended flows it could not show', () => {
  const table = new FlowTable();
  const watch = new FlowWatch(table);
  for (let n = 0; n < RECENT_FLOWS + 3; n += 1) table.finish(openFlow(table), 'closed');
  const frame = watch.next();
  assert.equal(frame.closed.length, RECENT_FLOWS);
  assert.equal(frame.missed, 3);
});

test('flows that were told and ended among too many are told as gone', () => {
  const table = new FlowTable();
  const watch = new FlowWatch(table);
  const records = Array.from({ length: RECENT_FLOWS + 3 }, () => openFlow(table));
  while (watch.next().opened.length > 0);
  for (const record of records) table.finish(record, 'closed');
  assert.deepEqual(
    watch.next().gone,
    records.slice(0, 3).map(({ id }) => id),
  );
  assert.deepEqual(watch.next().gone, []);
});

test('flows that ended with an error are counted by its code', () => {
  const table = new FlowTable();
  for (const code of ['ERR_A', 'ERR_B', 'ERR_A', null]) {
    const record = table.open('tcp', '192.0.2.2', 1, '192.0.2.1', 443);
    table.finish(record, 'failed', code === null ? null : { code, message: 'scripted' });
    // A second end is none.
    table.finish(record, 'failed', { code: 'ERR_C', message: 'scripted' });
  }
  assert.deepEqual(table.errorCounts(), { ERR_A: 2, ERR_B: 1 });
});

test('the first bytes are asked for until they are known, and stay in the timeline', () => {
  const table = new FlowTable();
  const record = openFlow(table);
  const first: { received: number | null; sent: number | null } = { received: null, sent: null };
  let asked = 0;
  record.meter = {
    counts: () => ({ received: 1, sent: 1 }),
    firstBytes: () => {
      asked += 1;
      return { ...first };
    },
  };
  assert.deepEqual(record.toInfo().timeline, {});
  first.received = performance.now();
  assert.deepEqual(Object.keys(record.toInfo().timeline), ['firstUp']);
  first.sent = first.received + 1000;
  const { timeline } = record.toInfo();
  assert.deepEqual(Object.keys(timeline), ['firstUp', 'firstDown']);
  assert(Math.abs((timeline.firstDown ?? 0) - (timeline.firstUp ?? 0) - 1000) < 0.2);
  assert.equal(asked, 3);
  table.finish(record, 'closed');
  assert.equal(asked, 3);
  const [ended] = table.recent();
  assert.deepEqual(Object.keys(ended?.toInfo().timeline ?? {}), ['firstUp', 'firstDown', 'ended']);
});

test('the first time of a step counts', () => {
  const { times } = openFlow(new FlowTable());
  const now = performance.now();
  times.mark('decided', now + 10);
  times.mark('decided', now + 20);
  times.mark('connected', now + 10);
  times.mark('dialled', now - 1000);
  const { decided, dialled, connected } = times.toTimeline();
  assert.equal(decided, connected);
  // Not even a clock of another kind puts a step before the start.
  assert.equal(dialled, 0);
});

test('a flow is found by its id while it lives and as long as it is kept', () => {
  const table = new FlowTable();
  const record = openFlow(table);
  assert.equal(table.find(record.id), record);
  table.finish(record, 'closed');
  assert.equal(table.find(record.id), record);
  assert.equal(table.find(record.id + 1), undefined);
});
