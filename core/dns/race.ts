/**
 * Several servers, one question: the first good answer wins, and the others are told that nobody
 * waits. A server that says that it failed, or nothing at all, leaves it to the others. Keeps nothing
 * between races.
 */
import { TYPE } from './wire/constants.ts';
import { refusalOf } from './servers/check-reply.ts';
import { ServerFailure, toFailure } from './servers/server.ts';
import type { Answer, DnsServer, Query } from './servers/server.ts';

export interface Entrant {
  readonly server: DnsServer;
  /** Milliseconds after which it is asked, unless all before it have failed earlier. */
  readonly delay: number;
}

export interface Finish {
  readonly answer: Answer;
  readonly server: DnsServer;
}

/** What went wrong at each server, in the order in which it did. */
export type Failures = ReadonlyMap<DnsServer, ServerFailure>;

export class RaceLost extends Error {
  readonly failures: Failures;

  constructor(failures: Failures) {
    super('no server answered');
    this.name = 'RaceLost';
    this.failures = failures;
  }
}

/** All of them as that of one server. */
export function summary(failures: Failures): ServerFailure {
  const all = [...failures.values()];
  const [first] = all;
  const kind = first !== undefined && all.every((one) => one.kind === first.kind) && first.kind;
  return new ServerFailure(kind || 'unreachable', describe(failures) || 'no server is known');
}

/** `1.1.1.1 (no answer), tls://dns.example (refused the connection)`. */
export function describe(failures: Failures): string {
  return [...failures].map(([{ name }, { message }]) => `${name} (${message})`).join(', ');
}

/**
 * So long an answer without an address waits for a better one: a resolver of the local network may
 * know names that the others do not.
 */
const NEGATIVE_GRACE_MS = 100;

/**
 * Rejects with `RaceLost`, or with the signal's reason. `onResult` hears of each server that was
 * waited for: null where it answered.
 */
export function race(
  entrants: readonly Entrant[],
  query: Query,
  signal: AbortSignal,
  onResult: (server: DnsServer, failure: ServerFailure | null) => void = () => undefined,
): Promise<Finish> {
  return new Race(entrants, query, signal, onResult).run();
}

class Race {
  readonly #entrants: readonly Entrant[];
  readonly #query: Query;
  readonly #signal: AbortSignal;
  readonly #onResult: (server: DnsServer, failure: ServerFailure | null) => void;
  readonly #abort = new AbortController();
  readonly #failures = new Map<DnsServer, ServerFailure>();
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #end = Promise.withResolvers<Finish>();
  #started = 0;
  #running = 0;
  #isOver = false;
  /** The first answer that says that there is nothing; wins if nobody knows better soon. */
  #negative: Finish | null = null;
  /** The first answer that says that the server failed; wins if nobody says anything better. */
  #refusal: Finish | null = null;

  constructor(
    entrants: readonly Entrant[],
    query: Query,
    signal: AbortSignal,
    onResult: (server: DnsServer, failure: ServerFailure | null) => void,
  ) {
    this.#entrants = entrants.toSorted((a, b) => a.delay - b.delay);
    this.#query = query;
    this.#signal = signal;
    this.#onResult = onResult;
  }

  async run(): Promise<Finish> {
    const signal = this.#signal;
    signal.throwIfAborted();
    const onAbort = (): void => this.#abort.abort(signal.reason);
    signal.addEventListener('abort', onAbort);
    for (const { delay } of this.#entrants) {
      if (delay > 0) this.#timers.push(setTimeout(() => this.#startUpTo(delay), delay));
    }
    this.#startNext();
    try {
      return await this.#end.promise;
    } finally {
      this.#isOver = true;
      signal.removeEventListener('abort', onAbort);
      for (const timer of this.#timers) clearTimeout(timer);
      this.#abort.abort(new Error('another server was faster'));
    }
  }

  /** The next ones that begin together. */
  #startNext(): void {
    const next = this.#entrants[this.#started];
    if (next !== undefined) this.#startUpTo(next.delay);
  }

  #startUpTo(delay: number): void {
    for (let next = this.#entrants[this.#started]; next !== undefined;) {
      if (next.delay > delay) return;
      this.#started += 1;
      void this.#ask(next.server);
      next = this.#entrants[this.#started];
    }
  }

  async #ask(server: DnsServer): Promise<void> {
    this.#running += 1;
    try {
      const answer = await server.ask(this.#query, this.#abort.signal);
      if (!this.#isOver) this.#take({ answer, server });
    } catch (cause) {
      if (!this.#isOver) this.#fail(server, cause);
    }
    this.#running -= 1;
    if (this.#isOver || this.#running > 0) return;
    if (this.#negative === null && this.#started < this.#entrants.length) {
      if (!this.#signal.aborted) return this.#startNext();
    }
    this.#settle();
  }

  #take(finish: Finish): void {
    const { reply } = finish.answer;
    const refusal = refusalOf(reply.rcode);
    if (refusal !== null) {
      this.#refusal ??= finish;
      this.#failures.set(finish.server, new ServerFailure('useless', refusal));
      return;
    }
    this.#onResult(finish.server, null);
    const asksAddress = this.#query.type === TYPE.A || this.#query.type === TYPE.AAAA;
    if (asksAddress && reply.addresses.length === 0) {
      if (this.#negative !== null) return;
      this.#negative = finish;
      this.#timers.push(setTimeout(() => this.#settle(), NEGATIVE_GRACE_MS));
      return;
    }
    this.#end.resolve(finish);
  }

  #fail(server: DnsServer, cause: unknown): void {
    const failure = toFailure(cause);
    this.#failures.set(server, failure);
    // Whoever gave up says nothing about the server.
    if (!this.#signal.aborted || failure.kind === 'silent') this.#onResult(server, failure);
  }

  #settle(): void {
    const finish = this.#negative ?? this.#refusal;
    const { reason } = this.#signal;
    if (finish !== null) this.#end.resolve(finish);
    else if (this.#signal.aborted && !(reason instanceof ServerFailure)) this.#end.reject(reason);
    else this.#end.reject(new RaceLost(this.#failures));
  }
}
