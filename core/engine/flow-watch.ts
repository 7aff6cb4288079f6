/**
 * What changed in the live list between two looks. Each watcher owns one `FlowWatch`; the table
 * knows nothing of it, so that flows cost nothing while nobody watches.
 */
import type { FlowInfo, FlowsFrame } from '../api/flows.ts';
import type { FlowRecord, FlowTable } from './flow-table.ts';

export class FlowWatch {
  readonly #table: FlowTable;
  /** What was last told of each live flow, by id. */
  #told = new Map<number, string>();
  #endedSeen: number;

  constructor(table: FlowTable) {
    this.#table = table;
    this.#endedSeen = table.endedCount;
  }

  /** What happened since the last call; the first call tells every live flow. */
  next(): FlowsFrame {
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
    return { time: new Date().toISOString(), opened, changed, closed, missed };
  }
}

function signature(record: FlowRecord): string {
  return `${record.state} ${record.upload} ${record.download} ${record.domain ?? ''}`;
}
