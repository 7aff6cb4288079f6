/**
 * Bytes and flows by upstream, zone, program, source and path. A flow costs one addition to each
 * table when it ends; those that live are added when somebody asks. The tables have a limit: what
 * moved least is folded into one row of the others, several at a time, so that a flood of names costs
 * each flow the same.
 */
import type { TotalKind, TotalRow, Totals } from '../api/totals.ts';
import { MAX_TOTAL_ROWS } from '../api/totals.ts';
import type { Zone } from '../api/flows.ts';
import type { FlowRecord } from './flow-table.ts';
import { HIJACK_RULE } from './hijack.ts';

/** Rows that are folded at a time. */
const FOLDED = 64;

interface Sum {
  readonly kind: TotalKind;
  readonly name: string;
  readonly path: string;
  readonly zone: Zone | null;
  upload: number;
  download: number;
  open: number;
  total: number;
}

type Label = Pick<Sum, 'kind' | 'name' | 'path' | 'zone'>;

/** One table; `others` is not among its rows. */
class SumTable {
  readonly #rows = new Map<string, Sum>();
  readonly others: Sum;

  constructor() {
    this.others = emptySum({ kind: 'others', name: '', path: '', zone: null });
  }

  add(key: string, label: Label, upload: number, download: number, open: number): void {
    let sum = this.#rows.get(key);
    if (sum === undefined) {
      if (this.#rows.size >= MAX_TOTAL_ROWS) this.#fold();
      sum = emptySum(label);
      this.#rows.set(key, sum);
    }
    sum.upload += upload;
    sum.download += download;
    sum.open += open;
    sum.total += 1;
  }

  copy(): SumTable {
    const copy = new SumTable();
    for (const [key, sum] of this.#rows) copy.#rows.set(key, { ...sum });
    addTo(copy.others, this.others);
    return copy;
  }

  /** The most bytes first; the rest, and what was folded, in the row of the others. */
  top(limit: number): Sum[] {
    const rows = [...this.#rows.values()].sort(byBytes);
    const others = { ...this.others };
    for (const sum of rows.slice(limit)) addTo(others, sum);
    return [...rows.slice(0, limit), ...(others.total === 0 ? [] : [others])];
  }

  #fold(): void {
    const least = [...this.#rows].sort(([, a], [, b]) => byBytes(b, a)).slice(0, FOLDED);
    for (const [key, sum] of least) {
      this.#rows.delete(key);
      addTo(this.others, sum);
    }
  }
}

interface Tables {
  readonly upstream: SumTable;
  readonly zone: SumTable;
  readonly process: SumTable;
  readonly guest: SumTable;
  readonly path: SumTable;
}

export class FlowSums {
  readonly #since = new Date();
  readonly #ended: Tables = {
    upstream: new SumTable(),
    zone: new SumTable(),
    process: new SumTable(),
    guest: new SumTable(),
    path: new SumTable(),
  };

  /** A flow has ended, and its bytes are final. */
  add(record: FlowRecord): void {
    addFlow(this.#ended, record, 0);
  }

  /** `live`: those that have not ended. */
  read(live: Iterable<FlowRecord>, limit: number): Totals {
    const tables: Tables = {
      upstream: this.#ended.upstream.copy(),
      zone: this.#ended.zone.copy(),
      process: this.#ended.process.copy(),
      guest: this.#ended.guest.copy(),
      path: this.#ended.path.copy(),
    };
    for (const record of live) addFlow(tables, record, 1);
    return {
      since: this.#since.toISOString(),
      time: new Date().toISOString(),
      upstream: tables.upstream.top(limit).map(rowOf),
      zone: tables.zone.top(limit).map(rowOf),
      process: tables.process.top(limit).map(rowOf),
      guest: tables.guest.top(limit).map(rowOf),
      path: tables.path.top(limit).map((sum) => {
        const { path: _, ...row } = rowOf(sum);
        return { ...row, zone: sum.zone ?? 'host' };
      }),
    };
  }
}

function addFlow(tables: Tables, record: FlowRecord, open: 0 | 1): void {
  const { zone, src } = record;
  const { received, sent } = record.counts();
  const way = wayOf(record);
  const wayKey = `${way.kind} ${way.name}`;
  tables.upstream.add(wayKey, way, received, sent, open);
  tables.zone.add(zone, { kind: 'named', name: zone, path: '', zone }, received, sent, open);
  const program = programOf(record);
  tables.process.add(
    `${program.kind} ${program.path || program.name}`,
    program,
    received,
    sent,
    open,
  );
  tables.path.add(`${zone} ${wayKey}`, { ...way, zone }, received, sent, open);
  if (zone === 'host') return;
  tables.guest.add(src, { kind: 'named', name: src, path: '', zone }, received, sent, open);
}

function wayOf({ upstream, state, ruleText }: FlowRecord): Label {
  const label = (kind: TotalKind, name = ''): Label => ({ kind, name, path: '', zone: null });
  if (upstream !== null) return label('named', upstream);
  if (state === 'refused') return label('refused');
  if (ruleText === HIJACK_RULE) return label('answered');
  return label('undecided');
}

function programOf({ process, zone }: FlowRecord): Label {
  const label = (kind: TotalKind, name = '', path = ''): Label => ({ kind, name, path, zone });
  if (zone !== 'host') return { ...label('guest'), zone: null };
  if (process === null) return label('unknown');
  return label('named', process.name, process.path);
}

function emptySum(label: Label): Sum {
  return { ...label, upload: 0, download: 0, open: 0, total: 0 };
}

function addTo(sum: Sum, other: Sum): void {
  sum.upload += other.upload;
  sum.download += other.download;
  sum.open += other.open;
  sum.total += other.total;
}

function byBytes(a: Sum, b: Sum): number {
  return b.upload + b.download - a.upload - a.download || b.total - a.total;
}

function rowOf({ kind, name, path, upload, download, open, total }: Sum): TotalRow {
  return { kind, name, path, upload, download, open, total };
}
