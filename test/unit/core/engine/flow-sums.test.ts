import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Zone } from '../../../../core/api/flows.ts';
import { MAX_TOTAL_ROWS } from '../../../../core/api/totals.ts';
import type { TotalRow } from '../../../../core/api/totals.ts';
import { FlowTable } from '../../../../core/engine/flow-table.ts';
import type { FlowRecord } from '../../../../core/engine/flow-table.ts';

interface Traffic {
  readonly up: number;
  readonly down: number;
  readonly upstream?: string;
  readonly zone?: Zone;
  readonly program?: string;
  readonly src?: string;
}

function open(table: FlowTable, traffic: Traffic): FlowRecord {
  const { up, down, upstream = 'DIRECT', zone = 'host', program, src = '192.0.2.2' } = traffic;
  const record = table.open('tcp', src, 1000, '198.51.100.1', 80);
  record.state = 'open';
  record.zone = zone;
  record.upstream = upstream;
  if (program !== undefined) {
    record.process = { name: program, path: `/usr/bin/${program}`, uid: 0 };
  }
  record.meter = { counts: () => ({ received: up, sent: down }) };
  return record;
}

function end(table: FlowTable, traffic: Traffic): void {
  table.finish(open(table, traffic), 'closed');
}

const brief = (rows: readonly TotalRow[]): unknown[] =>
  rows.map(({ kind, name, upload, download, open, total }) =>
    [kind, name, upload, download, open, total].join(' '),
  );

test('flows that ended and those that live are in the same rows, the most bytes first', () => {
  const table = new FlowTable();
  end(table, { up: 1, down: 10, upstream: 'a' });
  end(table, { up: 2, down: 500, upstream: 'b' });
  open(table, { up: 4, down: 40, upstream: 'a' });
  assert.deepEqual(brief(table.sums(50).upstream), ['named b 2 500 0 1', 'named a 5 50 1 2']);
});

test('zones, programs and sources have tables of their own', () => {
  const table = new FlowTable();
  end(table, { up: 1, down: 1, program: 'curl' });
  end(table, { up: 2, down: 2 });
  end(table, { up: 4, down: 4, zone: 'container', src: '172.17.0.2', upstream: 'p' });
  const { zone, process, guest, path } = table.sums(50);
  assert.deepEqual(brief(zone), ['named container 4 4 0 1', 'named host 3 3 0 2']);
  assert.deepEqual(brief(process), ['guest  4 4 0 1', 'unknown  2 2 0 1', 'named curl 1 1 0 1']);
  assert.deepEqual(brief(guest), ['named 172.17.0.2 4 4 0 1']);
  assert.deepEqual(
    path.map((row) => `${row.zone} ${row.name} ${row.total}`),
    ['container p 1', 'host DIRECT 2'],
  );
});

test('what nobody carried has rows that no name can imitate', () => {
  const table = new FlowTable();
  end(table, { up: 9, down: 9, upstream: 'refused' });
  const refused = open(table, { up: 0, down: 0 });
  refused.upstream = null;
  table.finish(refused, 'refused');
  const answered = open(table, { up: 3, down: 3 });
  answered.upstream = null;
  answered.ruleText = 'tun.dns-hijack';
  table.finish(answered, 'closed');
  assert.deepEqual(brief(table.sums(50).upstream), [
    'named refused 9 9 0 1',
    'answered  3 3 0 1',
    'refused  0 0 0 1',
  ]);
});

test('two programs with one name are two rows, by their paths', () => {
  const table = new FlowTable();
  for (const path of ['/usr/bin/node', '/opt/node']) {
    const record = open(table, { up: 1, down: 1 });
    record.process = { name: 'node', path, uid: 0 };
    table.finish(record, 'closed');
  }
  assert.equal(table.sums(50).process.length, 2);
});

test('a flood of names is folded into the others: nothing grows, no byte is lost, the largest stay', () => {
  const table = new FlowTable();
  end(table, { up: 1_000_000, down: 0, program: 'the-large-one' });
  for (let n = 0; n < 20_000; n += 1) end(table, { up: 1, down: 2, program: `<b>${n}\u0000` });
  const { process } = table.sums(MAX_TOTAL_ROWS);
  assert.ok(process.length <= MAX_TOTAL_ROWS + 1, `${process.length} rows`);
  assert.equal(process[0]?.name, 'the-large-one');
  assert.equal(process.at(-1)?.kind, 'others');
  const sum = (of: (row: TotalRow) => number): number =>
    process.reduce((total, row) => total + of(row), 0);
  assert.equal(
    sum(({ upload }) => upload),
    1_020_000,
  );
  assert.equal(
    sum(({ download }) => download),
    40_000,
  );
  assert.equal(
    sum(({ total }) => total),
    20_001,
  );
});

test('rows beyond the limit are among the others, and stay whole for the next who asks', () => {
  const table = new FlowTable();
  for (const [up, upstream] of [
    [9, 'a'],
    [5, 'b'],
    [3, 'c'],
  ] as const) {
    end(table, { up, down: 0, upstream });
  }
  assert.deepEqual(brief(table.sums(1).upstream), ['named a 9 0 0 1', 'others  8 0 0 2']);
  assert.equal(table.sums(50).upstream.length, 3);
});
