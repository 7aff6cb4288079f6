/**
 * The queries that were answered lately, for the live view. A ring of records that are used over
 * and over: writing one allocates nothing, and what a reader wants to see is worked out when one
 * looks. Times are on the clock of `performance.now`.
 */
import type { DnsQueriesFrame, DnsQueryInfo, DnsSource } from '../api/dns.ts';
import type { ApiError } from '../api/errors.ts';
import type { ClientInfo } from './exchange.ts';
import { rcodeName, typeName } from './record-types.ts';
import { readableAnswers } from './wire/readable.ts';
import type { StoredAnswer } from './wire/stored-answer.ts';

/** Queries that are kept. */
const RECENT_QUERIES = 1000;
/** Told in one line of a stream: decoding more would keep queries waiting, and nobody reads them. */
const TOLD_AT_ONCE = 300;
/** Larger answers are not kept for the view: a thousand of them would be. */
const LARGEST_KEPT = 4096;

export class QueryRecord {
  id = 0;
  asked = 0;
  ms = 0;
  name = '';
  type = 0;
  client: ClientInfo | null = null;
  source: DnsSource = 'local';
  server: string | null = null;
  policy: string | null = null;
  rcode = 0;
  /** What was answered: a kept answer, or a reply of our own. */
  answer: StoredAnswer | Buffer | null = null;
  error: ApiError | null = null;

  /** First of the two that fill it. */
  begin(name: string, type: number, client: ClientInfo, asked: number): void {
    this.name = name;
    this.type = type;
    this.client = client;
    this.asked = asked;
  }

  end(source: DnsSource, rcode: number, answer: StoredAnswer | Buffer | null): void {
    this.source = source;
    this.rcode = rcode;
    this.answer = answer;
    this.server = null;
    this.policy = null;
    this.error = null;
    this.ms = performance.now() - this.asked;
  }

  toInfo(): DnsQueryInfo {
    const { client } = this;
    const message = this.answer instanceof Uint8Array ? this.answer : this.answer?.peek();
    const records = message === undefined ? [] : readableAnswers(message);
    return {
      id: this.id,
      time: new Date(Date.now() - performance.now() + this.asked).toISOString(),
      name: this.name === '' && this.type !== 0 ? '.' : this.name,
      type: this.type === 0 ? '' : typeName(this.type),
      client:
        client === null || client.transport === 'local'
          ? null
          : { address: client.address, port: client.port },
      transport: client?.transport ?? 'local',
      source: this.source,
      server: this.server,
      policy: this.policy,
      rcode: rcodeName(this.rcode),
      answer: records.map(({ type, data }) => `${type} ${data}`),
      ms: Math.round(this.ms * 1000) / 1000,
      error: this.error,
    };
  }
}

export class QueryLog {
  readonly #ring: QueryRecord[] = [];
  /** Records that were ever written; the latest is at `(#count - 1) % RECENT_QUERIES`. */
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** The record for a new entry, to be filled at once. Its fields are those of some older query. */
  next(): QueryRecord {
    const index = this.#count % RECENT_QUERIES;
    let record = this.#ring[index];
    if (record === undefined) {
      record = new QueryRecord();
      this.#ring.push(record);
    }
    this.#count += 1;
    record.id = this.#count;
    return record;
  }

  /** The queries after the first `since`, oldest first, as far as they are still kept. */
  recent(since = 0): QueryRecord[] {
    const records: QueryRecord[] = [];
    for (let n = Math.max(since, this.#count - RECENT_QUERIES); n < this.#count; n += 1) {
      const record = this.#ring[n % RECENT_QUERIES];
      if (record !== undefined) records.push(record);
    }
    return records;
  }
}

/** An answer as far as a record may hold on to it. */
export function keepable(answer: StoredAnswer): StoredAnswer | null {
  return answer.size <= LARGEST_KEPT ? answer : null;
}

/** What was answered between two looks. Each watcher owns one; the log knows nothing of it. */
export class QueryWatch {
  readonly #log: QueryLog;
  #seen: number;

  /** `first`: whether the first call tells those that are kept, or only what comes. */
  constructor(log: QueryLog, first: 'kept' | 'new' = 'new') {
    this.#log = log;
    this.#seen = first === 'new' ? log.count : log.count - log.recent(0).length;
  }

  next(): DnsQueriesFrame {
    const since = Math.max(this.#seen, this.#log.count - TOLD_AT_ONCE);
    const queries = this.#log.recent(since).map((record) => record.toInfo());
    const missed = this.#log.count - this.#seen - queries.length;
    this.#seen = this.#log.count;
    return { time: new Date().toISOString(), queries, missed };
  }
}
