/**
 * Answers by the key of their question. Bounded in number and bytes; time is the clock of
 * `performance.now`, so that a wall clock that jumps changes nothing. It decides nothing but what
 * to drop: whoever asks it sees how old an answer is.
 */
import { ArcMap, LruMap } from './recency.ts';
import type { RecencyMap } from './recency.ts';
import type { StoredAnswer } from './wire/stored-answer.ts';

/** An answer that was given, and who gave it. */
export class CacheEntry {
  /** As `Question.name`. */
  readonly name: string;
  readonly answer: StoredAnswer;
  readonly server: string;
  readonly policy: string | null;
  touchedAt: number;
  /** How often it was given out again. */
  hits = 0;

  constructor(name: string, answer: StoredAnswer, server: string, policy: string | null) {
    this.name = name;
    this.answer = answer;
    this.server = server;
    this.policy = policy;
    this.touchedAt = answer.storedAt;
  }
}

export interface CacheLimits {
  readonly algorithm: 'lru' | 'arc';
  /** Answers. */
  readonly maxEntries: number;
}

const MAX_BYTES = 32 * 1024 * 1024;
/** One answer may not push out all others. */
const MAX_ENTRY_BYTES = 64 * 1024;
/** How exactly the order of use is kept: moving an entry at each use would cost more than using it. */
const TOUCH_MS = 1000;
/** How long after its end an answer is still better than none (RFC 8767 section 5: one to three days). */
const MAX_STALE_MS = 86_400_000;

export class AnswerCache {
  readonly #entries: RecencyMap<CacheEntry>;
  readonly #maxEntries: number;
  #bytes = 0;

  constructor({ algorithm, maxEntries }: CacheLimits) {
    this.#maxEntries = maxEntries;
    this.#entries = algorithm === 'arc' ? new ArcMap(maxEntries) : new LruMap();
  }

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Fresh or stale; null where there is none, or it is too old even for that. */
  get(key: string, now: number): CacheEntry | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    const { answer } = entry;
    // What does not exist may exist by now: a stale no is worse than none.
    const keptUntil = answer.isNegative ? answer.expiresAt : answer.expiresAt + MAX_STALE_MS;
    if (now >= keptUntil) {
      this.#bytes -= answer.size;
      this.#entries.delete(key);
      return null;
    }
    if (now - entry.touchedAt >= TOUCH_MS) {
      entry.touchedAt = now;
      this.#entries.touch(key);
    }
    return entry;
  }

  set(key: string, entry: CacheEntry): void {
    const { size } = entry.answer;
    if (size > MAX_ENTRY_BYTES) return;
    const before = this.#entries.get(key);
    if (before !== undefined) this.#bytes -= before.answer.size;
    this.#entries.set(key, entry);
    this.#bytes += size;
    while (this.#entries.size > this.#maxEntries || this.#bytes > MAX_BYTES) {
      this.#bytes -= this.#entries.evict()?.answer.size ?? 0;
    }
  }

  delete(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#bytes -= entry.answer.size;
    this.#entries.delete(key);
    return true;
  }

  /** Keys and answers, what was used last first. */
  list(): [key: string, entry: CacheEntry][] {
    return this.#entries.newest();
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }
}
