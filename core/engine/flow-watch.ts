/**
 * What changed in the live list between two looks. Each watcher owns one `FlowWatch`; the table
 * knows nothing of it, so that flows cost nothing while nobody watches. A look at thousands of flows
 * makes no text, and no object for a flow of which only the bytes have changed.
 */
import type { FlowInfo, FlowProcess, FlowsFrame, FlowState } from '../api/flows.ts';
import type { QueryWatch } from '../dns/query-log.ts';
import type { FlowRecord, FlowTable } from './flow-table.ts';

/** New flows that one line tells: some hundred kilobytes of text, a millisecond or two. */
const MAX_TOLD = 500;

/** What was last told of a live flow. */
class Told {
  upload = -1;
  download = -1;
  state: FlowState = 'deciding';
  domain: string | null = null;
  process: FlowProcess | null = null;
  ruleText = '';
  chain: readonly string[] = [];

  isCurrent({ state, domain, process, ruleText, chain }: FlowRecord): boolean {
    return (
      this.state === state &&
      this.domain === domain &&
      this.process === process &&
      this.ruleText === ruleText &&
      this.chain === chain
    );
  }

  take({ state, domain, process, ruleText, chain }: FlowRecord): void {
    this.state = state;
    this.domain = domain;
    this.process = process;
    this.ruleText = ruleText;
    this.chain = chain;
  }
}

export class FlowWatch {
  readonly #table: FlowTable;
  readonly #told = new Map<number, Told>();
  #endedSeen: number;
  #hasMore = false;

  readonly #queries: QueryWatch | null;

  /** `queries` where DNS is answered here: they are told with the flows. */
  constructor(table: FlowTable, queries: QueryWatch | null = null) {
    this.#table = table;
    this.#queries = queries;
    this.#endedSeen = table.endedCount;
  }

  /** Whether the last line had no room for all: the next one is to be told at once. */
  get hasMore(): boolean {
    return this.#hasMore;
  }

  /** What happened since the last call; the first calls tell every live flow. */
  next(): FlowsFrame {
    this.#table.noteWatcher();
    const opened: FlowInfo[] = [];
    const changed: FlowInfo[] = [];
    const moved: number[] = [];
    // A line that follows at once is for what was left out alone.
    const onlyOpened = this.#hasMore;
    this.#hasMore = false;
    for (const record of this.#table.live()) {
      const told = this.#told.get(record.id);
      if (told === undefined) {
        if (opened.length < MAX_TOLD) opened.push(this.#tellWhole(record, new Told()));
        else this.#hasMore = true;
      } else if (!onlyOpened) this.#compare(record, told, changed, moved);
    }
    const closed = this.#closed();
    const missed = this.#table.endedCount - this.#endedSeen - closed.length;
    this.#endedSeen = this.#table.endedCount;
    const gone = missed > 0 ? this.#forgetMissed() : [];
    const { queries = [], missed: missedQueries = 0 } = this.#queries?.next() ?? {};
    return {
      time: new Date().toISOString(),
      opened,
      changed,
      moved,
      closed,
      gone,
      queries,
      missed,
      missedQueries,
    };
  }

  #compare(record: FlowRecord, told: Told, changed: FlowInfo[], moved: number[]): void {
    const { received, sent } = record.counts();
    const isMoved = told.upload !== received || told.download !== sent;
    // The first byte each way has a time, which is told with the rest.
    const isFirst = isMoved && (told.upload === 0 || told.download === 0);
    if (isFirst || !told.isCurrent(record)) {
      changed.push(this.#tellWhole(record, told));
      return;
    }
    if (!isMoved) return;
    told.upload = received;
    told.download = sent;
    moved.push(record.id, received, sent);
  }

  #tellWhole(record: FlowRecord, told: Told): FlowInfo {
    const info = record.toInfo();
    told.take(record);
    told.upload = info.upload;
    told.download = info.download;
    this.#told.set(record.id, told);
    return info;
  }

  #closed(): FlowInfo[] {
    return this.#table.recent(this.#endedSeen).map((record) => {
      this.#told.delete(record.id);
      return record.toInfo();
    });
  }

  /** More have ended than are kept: who they were is found by who is left. */
  #forgetMissed(): number[] {
    const gone = [...this.#told.keys()].filter((id) => this.#table.get(id) === undefined);
    for (const id of gone) this.#told.delete(id);
    return gone;
  }
}
