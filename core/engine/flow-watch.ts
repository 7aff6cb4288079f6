/**
 * What changed in the live list between two looks. Each watcher owns one `FlowWatch`; the table
 * knows nothing of it, so that flows cost nothing while nobody watches.
 */
import type { FlowInfo, FlowsFrame } from '../api/flows.ts';
import type { QueryWatch } from '../dns/query-log.ts';
import type { FlowRecord, FlowTable } from './flow-table.ts';

export class FlowWatch {
  readonly #table: FlowTable;
  /** What was last told of each live flow, by id. */
  #told = new Map<number, string>();
  #endedSeen: number;

  readonly #queries: QueryWatch | null;

  /** `queries` where DNS is answered here: they are told with the flows. */
  constructor(table: FlowTable, queries: QueryWatch | null = null) {
    this.#table = table;
    this.#queries = queries;
    this.#endedSeen = table.endedCount;
  }

  /** What happened since the last call; the first call tells every live flow. */
  next(): FlowsFrame {
    this.#table.noteWatcher();
    const opened: FlowInfo[] = [];
    const changed: FlowInfo[] = [];
    const told = new Map<number, string>();
    for (const record of this.#table.live()) {
      const before = this.#told.get(record.id);
      const now = signature(record);
      told.set(record.id, now);
      if (before === undefined) opened.push(record.toInfo());
      else if (before !== now) changed.push(record.toInfo());
    }
    const closed = this.#table.recent(this.#endedSeen).map((record) => record.toInfo());
    const missed = this.#table.endedCount - this.#endedSeen - closed.length;
    this.#endedSeen = this.#table.endedCount;
    this.#told = told;
    const { queries = [], missed: missedQueries = 0 } = this.#queries?.next() ?? {};
    return {
      time: new Date().toISOString(),
      opened,
      changed,
      closed,
      queries,
      missed,
      missedQueries,
    };
  }
}

function signature(record: FlowRecord): string {
  return `${record.state} ${record.upload} ${record.download} ${record.domain ?? ''} ${record.process?.name ?? ''}`;
}
