/**
 * Asks the configured servers, and keeps what they say: one lookup for all who ask the same at the
 * same time, answers for as long as they hold, failures for a moment (RFC 9520), and answers past
 * their time rather than none (RFC 8767). Owns the cache and the lookups under way.
 */
import { AnswerCache, CacheEntry } from './answer-cache.ts';
import type { CacheLimits } from './answer-cache.ts';
import { DnsError } from './exchange.ts';
import type { ClientInfo, Exchange, Question } from './exchange.ts';
import { CLASS_IN, FLAG, OPT_SIZE, RCODE } from './wire/constants.ts';
import { writeOpt } from './wire/local-reply.ts';
import type { Asker } from './wire/local-reply.ts';
import { readReply } from './wire/reply.ts';
import { StoredAnswer } from './wire/stored-answer.ts';
import { WireError } from './wire/wire-error.ts';

/** An entry, and how it was come by: `stale` is past its time, `server` was asked now. */
export interface Found {
  readonly entry: CacheEntry;
  readonly how: 'cache' | 'stale' | 'server';
}

/** No answer, and what the client is told instead. */
export class ForwardError extends DnsError {
  readonly rcode: number;
  readonly server: string | null;

  constructor(
    code: `ERR_DNS_${string}`,
    message: string,
    rcode: number,
    server: string | null = null,
  ) {
    super(code, message);
    this.rcode = rcode;
    this.server = server;
  }
}

export interface ForwarderParts {
  readonly exchange: Exchange;
  readonly cache: CacheLimits;
  /** Hears of each reply that is malformed or answers something else. */
  readonly onBadReply: (server: string, reason: string) => void;
  /** Milliseconds on a clock that never jumps. */
  readonly now: () => number;
}

interface Failure {
  readonly error: ForwardError;
  readonly until: number;
  readonly wait: number;
}

/** An old answer is given at once for this long, and afterwards where the servers do not answer soon. */
const FRESH_ENOUGH_MS = 3_600_000;
/** RFC 8767 section 5: how long a client waits for a better answer than an old one. */
const STALE_WAIT_MS = 1_800;
/** RFC 9520 section 3.2: failures are remembered, longer from time to time, five minutes at most. */
const FIRST_FAILURE_MS = 1_000;
const LONGEST_FAILURE_MS = 30_000;
const MAX_FAILURES = 4096;
/** Fewer than the servers take, so that a flood of queries leaves room for core's own lookups. */
const MAX_LOOKUPS = 1536;
/** The servers have their own limits, which are shorter; this is for a defect in them. */
const LOOKUP_LIMIT_MS = 15_000;

/** One for all: a flood of queries does not pay for a stack trace each. */
export const BUSY = new ForwardError(
  'ERR_DNS_BUSY',
  'too many other queries wait for an answer',
  RCODE.SERVFAIL,
);

export class Forwarder {
  readonly #exchange: Exchange;
  readonly #onBadReply: ForwarderParts['onBadReply'];
  readonly #now: () => number;
  readonly #cache: AnswerCache;
  readonly #lookups = new Map<string, Promise<Found>>();
  readonly #failures = new Map<string, Failure>();
  readonly #closing = new AbortController();
  #underWay = 0;
  /** Lookups that began before a flush are not kept. */
  #generation = 0;

  constructor({ exchange, cache, onBadReply, now }: ForwarderParts) {
    this.#now = now;
    this.#exchange = exchange;
    this.#onBadReply = onBadReply;
    this.#cache = new AnswerCache(cache);
  }

  get cacheEntries(): number {
    return this.#cache.size;
  }

  get cacheBytes(): number {
    return this.#cache.bytes;
  }

  /** The answer that holds at the time `now`; null where there is none. */
  fresh(key: string, now: number): CacheEntry | null {
    const entry = this.#cache.get(key, now);
    return entry !== null && now < entry.answer.expiresAt ? entry : null;
  }

  /** The best answer there is for a question that `fresh` has none for. Rejects with `ForwardError`. */
  async find(key: string, question: Question, asker: Asker, client: ClientInfo): Promise<Found> {
    const now = this.#now();
    const old = this.#cache.get(key, now);
    const stale: Found | null = old === null ? null : { entry: old, how: 'stale' };
    const failure = this.#failures.get(key);
    if (failure !== undefined && now < failure.until) return stale ?? throwing(failure.error);
    const lookup = this.#lookups.get(key) ?? this.#begin(key, question, asker, client);
    if (lookup === null) return stale ?? throwing(BUSY);
    if (old === null || stale === null) return lookup;
    if (now - old.answer.expiresAt < FRESH_ENOUGH_MS) {
      // It refreshes the cache in the background; a failure is remembered there.
      lookup.catch(() => {});
      return stale;
    }
    return soonerThan(lookup, stale);
  }

  /** Every answer that is kept, what was used last first, by its key. */
  list(): [key: string, entry: CacheEntry][] {
    return this.#cache.list();
  }

  /** Forgets the answers, and the failures, under these keys. The number of answers. */
  forget(keys: readonly string[]): number {
    for (const key of keys) this.#failures.delete(key);
    return keys.filter((key) => this.#cache.delete(key)).length;
  }

  /** Forgets every answer. */
  flush(): void {
    this.#generation += 1;
    this.#cache.clear();
    this.#failures.clear();
    // Who waits still gets his answer; who comes next asks anew.
    this.#lookups.clear();
  }

  close(): void {
    this.flush();
    this.#closing.abort(new DnsError('ERR_DNS_CLOSED', 'the resolver is being closed'));
  }

  /** Null where too many are under way. */
  #begin(key: string, question: Question, asker: Asker, client: ClientInfo): Promise<Found> | null {
    if (this.#underWay >= MAX_LOOKUPS) return null;
    this.#underWay += 1;
    const lookup = this.#lookUp(key, question, asker, client).finally(() => {
      this.#underWay -= 1;
      if (this.#lookups.get(key) === lookup) this.#lookups.delete(key);
    });
    this.#lookups.set(key, lookup);
    return lookup;
  }

  async #lookUp(key: string, question: Question, asker: Asker, client: ClientInfo): Promise<Found> {
    const generation = this.#generation;
    try {
      const entry = await this.#ask(question, asker, client);
      if (generation === this.#generation) {
        this.#failures.delete(key);
        if (entry.answer.expiresAt > entry.answer.storedAt) this.#cache.set(key, entry);
      }
      return { entry, how: 'server' };
    } catch (cause) {
      const error = cause instanceof ForwardError ? cause : toForwardError(cause);
      // That others are in the way says nothing of the name.
      const isItsOwn = error.code !== BUSY.code;
      if (isItsOwn && generation === this.#generation) this.#rememberFailure(key, error);
      throw error;
    }
  }

  async #ask(question: Question, asker: Asker, client: ClientInfo): Promise<CacheEntry> {
    const query = queryFor(asker);
    const { promise: late, reject } = Promise.withResolvers<never>();
    const limit = setTimeout(
      () => reject(new DnsError('ERR_DNS_TIMEOUT', 'no answer in time')),
      LOOKUP_LIMIT_MS,
    ).unref();
    try {
      const asked = this.#exchange.exchange(query, question, client, this.#closing.signal);
      const { message, server, policy } = await Promise.race([asked, late]);
      const reply = this.#check(message, query, server);
      if (reply.rcode !== RCODE.NOERROR && reply.rcode !== RCODE.NXDOMAIN) {
        const text = `${server} answered with the error ${reply.rcode}`;
        throw new ForwardError('ERR_DNS_SERVER', text, reply.rcode, server);
      }
      const answer = new StoredAnswer(message, reply, this.#now());
      return new CacheEntry(question.name, answer, server, policy);
    } finally {
      clearTimeout(limit);
    }
  }

  #check(message: Buffer, query: Buffer, server: string): ReturnType<typeof readReply> {
    try {
      return readReply(message, query, query.length - OPT_SIZE);
    } catch (cause) {
      if (!(cause instanceof WireError)) throw cause;
      this.#onBadReply(server, cause.message);
      const text = `the reply of ${server} is unusable: ${cause.message}`;
      throw new ForwardError('ERR_DNS_REPLY', text, RCODE.SERVFAIL, server);
    }
  }

  #rememberFailure(key: string, error: ForwardError): void {
    const before = this.#failures.get(key);
    const wait = Math.min(2 * (before?.wait ?? FIRST_FAILURE_MS / 2), LONGEST_FAILURE_MS);
    this.#failures.delete(key);
    this.#failures.set(key, { error, wait, until: this.#now() + wait });
    for (const oldest of this.#failures.keys()) {
      if (this.#failures.size <= MAX_FAILURES) break;
      this.#failures.delete(oldest);
    }
  }
}

/** The question as a query of our own: see `Exchange`. */
function queryFor({ message, flags, questionEnd, wantsDnssec }: Asker): Buffer {
  const query = Buffer.alloc(questionEnd + OPT_SIZE);
  message.copy(query, 0, 0, questionEnd);
  query.writeUInt16BE(0, 0);
  query.writeUInt16BE(FLAG.RD | (flags & FLAG.CD), 2);
  query.writeUInt16BE(1, 4);
  query.writeUInt32BE(1, 8);
  query.writeUInt16BE(0, 6);
  query.writeUInt16BE(CLASS_IN, questionEnd - 2);
  writeOpt(query, questionEnd, 0, wantsDnssec);
  return query;
}

function throwing(error: ForwardError): never {
  throw error;
}

/** What `lookup` finds, unless it takes too long or fails. */
async function soonerThan(lookup: Promise<Found>, stale: Found): Promise<Found> {
  const { promise: late, resolve } = Promise.withResolvers<Found>();
  const timer = setTimeout(() => resolve(stale), STALE_WAIT_MS);
  try {
    return await Promise.race([lookup.catch(() => stale), late]);
  } finally {
    clearTimeout(timer);
  }
}

function toForwardError(cause: unknown): ForwardError {
  if (cause instanceof DnsError) {
    return new ForwardError(cause.code as `ERR_DNS_${string}`, cause.message, RCODE.SERVFAIL);
  }
  // Whatever else a server's code throws is a defect there; the resolution of other names goes on.
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ForwardError('ERR_DNS_INTERNAL', reason, RCODE.SERVFAIL);
}
