/**
 * The live list: every flow that is held or open, and a ring of those that ended lately. It owns
 * the records; the TCP and UDP handlers fill them in. Nothing here runs for a packet: bytes are
 * read from the stack when somebody asks. The number of live flows is bounded by the stack's limits.
 */
import type {
  Endpoint,
  FlowInfo,
  FlowProcess,
  FlowState,
  Network,
  SniffedInfo,
  Zone,
} from '../api/flows.ts';
import { SluiceError } from '../api/errors.ts';
import type { ApiError } from '../api/errors.ts';
import type { FlowTotals } from '../api/status.ts';
import type { FlowFacts } from '../../rules/flow-facts.ts';
import type { FirstBytes } from '../stack/first-bytes.ts';
import type { FlowText } from './flow-json.ts';
import { FlowTimes } from './flow-times.ts';
import type { Totals } from '../api/totals.ts';
import { FlowSums } from './flow-sums.ts';

/** Something that counts payload bytes, seen from the application. */
export interface Meter {
  counts(): { readonly received: number; readonly sent: number };
  firstBytes?(): FirstBytes;
}

export class FlowRecord {
  readonly id: number;
  readonly network: Network;
  /** As the packets say, until it is known that this machine has rewritten it. */
  src: string;
  srcPort: number;
  /** The source that its packets have, where that is another one. */
  packetSource: Endpoint | null = null;
  readonly dst: string;
  readonly dstPort: number;
  /** When it came to its steps; see `FlowStep`. */
  readonly times: FlowTimes;
  /** Milliseconds since the epoch; 0 while the flow lives. */
  ended = 0;
  state: FlowState = 'deciding';
  domain: string | null = null;
  domainFrom: string | null = null;
  sniffed: SniffedInfo | null = null;
  zone: Zone = 'host';
  /** 0 to 63. */
  dscp = 0;
  process: FlowProcess | null = null;
  /** What the rules were asked with; null until then, and where they were not. */
  facts: FlowFacts | null = null;
  /** -1 and an empty text while undecided. */
  ruleIndex = -1;
  ruleText = '';
  chain: readonly string[] = [];
  /** The proxy that carries the flow, and what it was asked for. */
  upstream: string | null = null;
  host: string | null = null;
  error: ApiError | null = null;
  meter: Meter | null = null;
  /** Ends the flow at once; null where there is nothing left to end. */
  abort: ((reason: SluiceError) => void) | null = null;
  /** What `flowJson` keeps of an open flow. */
  text: FlowText | null = null;

  constructor(
    id: number,
    network: Network,
    src: string,
    srcPort: number,
    dst: string,
    dstPort: number,
    times: FlowTimes,
  ) {
    this.id = id;
    this.network = network;
    this.src = src;
    this.srcPort = srcPort;
    this.dst = dst;
    this.dstPort = dstPort;
    this.times = times;
  }

  /** Asks the stack: whoever needs both numbers asks once. */
  counts(): { readonly received: number; readonly sent: number } {
    return this.meter?.counts() ?? NOTHING;
  }

  get upload(): number {
    return this.counts().received;
  }

  get download(): number {
    return this.counts().sent;
  }

  /** Asks the meter when the first bytes passed, where some have and that is not known yet. */
  noteFirstBytes({ received, sent }: ReturnType<Meter['counts']>): void {
    const { times, meter } = this;
    const isNews = (received > 0 && times.firstUp < 0) || (sent > 0 && times.firstDown < 0);
    if (!isNews) return;
    const first = meter?.firstBytes?.();
    if (first === undefined) return;
    if (first.received !== null) times.mark('firstUp', first.received);
    if (first.sent !== null) times.mark('firstDown', first.sent);
  }

  toInfo(): FlowInfo {
    const counts = this.counts();
    const { received, sent } = counts;
    this.noteFirstBytes(counts);
    return {
      id: this.id,
      network: this.network,
      state: this.state,
      source: { address: this.src, port: this.srcPort },
      destination: { address: this.dst, port: this.dstPort },
      domain: this.domain,
      domainFrom: this.domainFrom,
      sniffed: this.sniffed,
      zone: this.zone,
      process: this.process,
      rule: this.ruleText === '' ? null : { index: this.ruleIndex, text: this.ruleText },
      chain: this.chain,
      upstream: this.upstream,
      host: this.host,
      upload: received,
      download: sent,
      start: new Date(this.times.started).toISOString(),
      end: this.ended === 0 ? null : new Date(this.ended).toISOString(),
      timeline: this.times.toTimeline(),
      error: this.error,
    };
  }
}

/** How long whoever looked at the list once is taken to be looking. */
const WATCHED_MS = 5_000;

/** How a flow ended. */
export type FlowEnd = 'closed' | 'refused' | 'failed';

/** Flows that ended lately and are still shown. */
export const RECENT_FLOWS = 1000;

export class FlowTable {
  readonly #live = new Map<number, FlowRecord>();
  readonly #recent: FlowRecord[] = [];
  #nextId = 1;
  /** Flows that ended so far; the latest is at `(#ended - 1) % RECENT_FLOWS`. */
  #ended = 0;
  #refused = 0;
  /** Flows that ended with an error, by its code. */
  readonly #errors = new Map<string, number>();
  #failed = 0;
  #upload = 0;
  #download = 0;
  readonly #sums = new FlowSums();
  #watchedUntil = 0;
  /** Somebody looks at the list who did not before. */
  onWatched: (() => void) | null = null;

  /** `times` where the flow began before it is listed. */
  open(
    network: Network,
    src: string,
    srcPort: number,
    dst: string,
    dstPort: number,
    times = new FlowTimes(),
  ): FlowRecord {
    const record = new FlowRecord(this.#nextId, network, src, srcPort, dst, dstPort, times);
    this.#nextId += 1;
    this.#live.set(record.id, record);
    return record;
  }

  /** Moves a flow to the recent ones. A second call for the same flow does nothing. */
  finish(record: FlowRecord, end: FlowEnd, error: ApiError | null = null): void {
    if (!this.#live.delete(record.id)) return;
    record.ended = Date.now();
    const counts = record.counts();
    record.noteFirstBytes(counts);
    record.times.mark('ended');
    record.state = end;
    record.error = error;
    record.abort = null;
    record.text = null;
    // The stream behind the meter must not live as long as the ring.
    const { received: upload, sent: download } = counts;
    record.meter = frozenMeter(upload, download);
    this.#upload += upload;
    this.#download += download;
    this.#sums.add(record);
    if (error !== null) this.#errors.set(error.code, (this.#errors.get(error.code) ?? 0) + 1);
    if (end === 'refused') this.#refused += 1;
    if (end === 'failed') this.#failed += 1;
    this.#recent[this.#ended % RECENT_FLOWS] = record;
    this.#ended += 1;
  }

  /** Whether somebody looks at the list: then it is worth to find out what only people want to know. */
  get isWatched(): boolean {
    return Date.now() < this.#watchedUntil;
  }

  /** To be called at least each `WATCHED_MS` by whoever looks. */
  noteWatcher(): void {
    const { isWatched } = this;
    this.#watchedUntil = Date.now() + WATCHED_MS;
    if (!isWatched) this.onWatched?.();
  }

  get(id: number): FlowRecord | undefined {
    return this.#live.get(id);
  }

  /** The live flow with this id, or one that ended lately. */
  find(id: number): FlowRecord | undefined {
    return this.#live.get(id) ?? this.#recent.find((record) => record.id === id);
  }

  /** Live flows, oldest first. */
  live(): IterableIterator<FlowRecord> {
    return this.#live.values();
  }

  get liveCount(): number {
    return this.#live.size;
  }

  /** Flows that ended since the table was made. */
  get endedCount(): number {
    return this.#ended;
  }

  /** The flows that ended after the first `since`, oldest first, as far as they are still kept. */
  recent(since = 0): FlowRecord[] {
    const records: FlowRecord[] = [];
    for (let n = Math.max(since, this.#ended - RECENT_FLOWS); n < this.#ended; n += 1) {
      const record = this.#recent[n % RECENT_FLOWS];
      if (record !== undefined) records.push(record);
    }
    return records;
  }

  /** Ends a live flow at once; false when there is none with this id. */
  close(id: number): boolean {
    const record = this.#live.get(id);
    if (record?.abort == null) return false;
    record.abort(CLOSED_BY_USER);
    return true;
  }

  /** How many flows ended with which error since the table was made. */
  errorCounts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#errors);
  }

  /** Ends every live flow that is meant, at once. */
  end(isMeant: (record: FlowRecord) => boolean, reason: SluiceError): void {
    for (const record of [...this.#live.values()]) if (isMeant(record)) record.abort?.(reason);
  }

  /** Sources that are not this machine's and sent something since the table was made. */
  guests(): ReadonlySet<string> {
    return this.#sums.guests(this.#live.values());
  }

  /** By upstream, zone, program and source, since the table was made; at most `limit` rows of each. */
  sums(limit: number): Totals {
    // Programs are among what is told.
    this.noteWatcher();
    return this.#sums.read(this.#live.values(), limit);
  }

  totals(): FlowTotals {
    let upload = this.#upload;
    let download = this.#download;
    for (const record of this.#live.values()) {
      const { received, sent } = record.counts();
      upload += received;
      download += sent;
    }
    return {
      open: this.#live.size,
      total: this.#nextId - 1,
      refused: this.#refused,
      failed: this.#failed,
      upload,
      download,
    };
  }
}

const CLOSED_BY_USER = new SluiceError('ERR_FLOW_CLOSED', 'Closed by the user.');

const NOTHING = { received: 0, sent: 0 };
const NO_BYTES: Meter = { counts: () => NOTHING };

function frozenMeter(received: number, sent: number): Meter {
  if (received === 0 && sent === 0) return NO_BYTES;
  const counts = { received, sent };
  return { counts: () => counts };
}
