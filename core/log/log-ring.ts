/** The latest lines of the log, for whoever looks later. It owns them; each watcher knows how far it has read. */
import type { LogEntry, LogsFrame } from '../api/logs.ts';

const KEPT = 2000;

export class LogRing {
  readonly #entries: LogEntry[] = [];
  /** Entries so far; the latest is at `(#count - 1) % KEPT`. */
  #count = 0;

  add(entry: Omit<LogEntry, 'id'>): void {
    this.#entries[this.#count % KEPT] = { id: this.#count + 1, ...entry };
    this.#count += 1;
  }

  get count(): number {
    return this.#count;
  }

  /** Those after the first `since`, oldest first, as far as they are still kept. */
  after(since: number): LogEntry[] {
    const entries: LogEntry[] = [];
    for (let n = Math.max(since, this.#count - KEPT); n < this.#count; n += 1) {
      const entry = this.#entries[n % KEPT];
      if (entry !== undefined) entries.push(entry);
    }
    return entries;
  }
}

export class LogWatch {
  readonly #ring: LogRing;
  #seen = 0;

  constructor(ring: LogRing) {
    this.#ring = ring;
  }

  /** What was logged since the last call; the first call tells all that is kept. */
  next(): LogsFrame {
    const entries = this.#ring.after(this.#seen);
    const missed = this.#seen === 0 ? 0 : this.#ring.count - this.#seen - entries.length;
    this.#seen = this.#ring.count;
    return { entries, missed };
  }
}
