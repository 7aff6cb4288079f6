/**
 * Bytes and flows by upstream, zone, program, source and path. A flow costs one addition to each
 * table when it ends; those that live are added when somebody asks. The tables have a limit: what
 * moved least is folded into one row of the others, several at a time, so that a flood of names costs
 * each flow the same.
 */
import type { TotalKind, Totals } from '../api/totals.ts';
import { MAX_TOTAL_ROWS } from '../api/totals.ts';
import { ZONES } from '../api/flows.ts';
import type { FlowProcess, Zone } from '../api/flows.ts';
import type { FlowRecord } from './flow-table.ts';
import { HIJACK_RULE } from './hijack.ts';

/** Rows that are folded at a time. */
const FOLDED = 64;

interface Sum {
  readonly kind: TotalKind;
  readonly name: string;
  readonly path: string;
  upload: number;
  download: number;
  open: number;
  total: number;
}

/** The rows that are no name's: nothing that is called so comes into them. */
const UNNAMED = {
  refused: Symbol('refused'),
  answered: Symbol('answered'),
  undecided: Symbol('undecided'),
  unknown: Symbol('unknown'),
  guest: Symbol('guest'),
} as const;
type Unnamed = keyof typeof UNNAMED;

/** One table; `others` is not among its rows. */
class SumTable {
  readonly #rows = new Map<string | symbol, Sum>();
  readonly others = emptySum('others');

  /** The row of a name, or the one of another kind. `key` is what tells it from others with the same name. */
  row(kind: 'named' | Unnamed, key: string, name = key, path = ''): Sum {
    const id = kind === 'named' ? key : UNNAMED[kind];
    let sum = this.#rows.get(id);
    if (sum !== undefined) return sum;
    if (this.#rows.size >= MAX_TOTAL_ROWS) this.#fold();
    sum = emptySum(kind, name, path);
    this.#rows.set(id, sum);
    return sum;
  }

  /** Of its rows, but for the others. */
  names(): string[] {
    return Array.from(this.#rows.values(), ({ name }) => name);
  }

  copy(): SumTable {
    const copy = new SumTable();
    for (const [id, sum] of this.#rows) copy.#rows.set(id, { ...sum });
    addSum(copy.others, this.others);
    return copy;
  }

  /** The most bytes first; the rest, and what was folded, in the row of the others. */
  top(limit: number): Sum[] {
    const rows = [...this.#rows.values()].sort(byBytes);
    const others = { ...this.others };
    for (const sum of rows.slice(limit)) addSum(others, sum);
    return [...rows.slice(0, limit), ...(others.total === 0 ? [] : [others])];
  }

  #fold(): void {
    const least = [...this.#rows].sort(([, a], [, b]) => byBytes(b, a)).slice(0, FOLDED);
    for (const [id, sum] of least) {
      this.#rows.delete(id);
      addSum(this.others, sum);
    }
  }
}

/** A set of tables into which flows are added. */
class Tables {
  readonly upstream: SumTable;
  readonly zone: SumTable;
  readonly process: SumTable;
  readonly guest: SumTable;
  /** Upstreams, for each zone. */
  readonly path: ReadonlyMap<Zone, SumTable>;

  constructor(from?: Tables) {
    this.upstream = from?.upstream.copy() ?? new SumTable();
    this.zone = from?.zone.copy() ?? new SumTable();
    this.process = from?.process.copy() ?? new SumTable();
    this.guest = from?.guest.copy() ?? new SumTable();
    this.path = new Map(
      ZONES.map((zone) => [zone, from?.path.get(zone)?.copy() ?? new SumTable()]),
    );
  }

  add(record: FlowRecord, open: 0 | 1): void {
    const { zone, src, upstream, process } = record;
    const { received, sent } = record.counts();
    const way = upstream === null ? wayWithoutUpstream(record) : 'named';
    const name = upstream ?? '';
    count(this.upstream.row(way, name), received, sent, open);
    count(this.zone.row('named', zone), received, sent, open);
    const inZone = this.path.get(zone);
    if (inZone !== undefined) count(inZone.row(way, name), received, sent, open);
    count(this.#program(zone, process), received, sent, open);
    if (zone !== 'host') count(this.guest.row('named', src), received, sent, open);
  }

  #program(zone: Zone, process: FlowProcess | null): Sum {
    if (zone !== 'host') return this.process.row('guest', '');
    if (process === null) return this.process.row('unknown', '');
    const { name, path } = process;
    // Several programs may have one name, and one of them no path that can be read.
    return this.process.row('named', path === '' ? name : path, name, path);
  }
}

export class FlowSums {
  readonly #since = new Date();
  readonly #ended = new Tables();

  /** A flow has ended, and its bytes are final. */
  add(record: FlowRecord): void {
    this.#ended.add(record, 0);
  }

  /** Sources of flows that are not this machine's, as many as a table has rows. */
  guests(live: Iterable<FlowRecord>): Set<string> {
    const found = new Set(this.#ended.guest.names());
    for (const { zone, src } of live) {
      if (found.size >= MAX_TOTAL_ROWS) break;
      if (zone !== 'host') found.add(src);
    }
    return found;
  }

  /** `live`: those that have not ended. */
  read(live: Iterable<FlowRecord>, limit: number): Totals {
    const tables = new Tables(this.#ended);
    for (const record of live) tables.add(record, 1);
    const paths = [...tables.path].flatMap(([zone, table]) =>
      table.top(limit).map((sum) => ({ ...sum, zone })),
    );
    return {
      since: this.#since.toISOString(),
      time: new Date().toISOString(),
      upstream: tables.upstream.top(limit),
      zone: tables.zone.top(limit),
      process: tables.process.top(limit),
      guest: tables.guest.top(limit),
      path: paths.sort(byBytes),
    };
  }
}

function wayWithoutUpstream({ state, ruleText }: FlowRecord): Unnamed {
  if (state === 'refused') return 'refused';
  return ruleText === HIJACK_RULE ? 'answered' : 'undecided';
}

function count(sum: Sum, received: number, sent: number, open: 0 | 1): void {
  sum.upload += received;
  sum.download += sent;
  sum.open += open;
  sum.total += 1;
}

function emptySum(kind: TotalKind, name = '', path = ''): Sum {
  return { kind, name, path, upload: 0, download: 0, open: 0, total: 0 };
}

function addSum(sum: Sum, other: Sum): void {
  sum.upload += other.upload;
  sum.download += other.download;
  sum.open += other.open;
  sum.total += other.total;
}

function byBytes(a: TotalBytes, b: TotalBytes): number {
  return b.upload + b.download - a.upload - a.download || b.total - a.total;
}

type TotalBytes = Pick<Sum, 'upload' | 'download' | 'total'>;
