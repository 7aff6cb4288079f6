/**
 * What is known of a proxy from testing it: for each URL that it was tested with, and in all.
 * Nothing known counts as alive, so that a start does not wait for tests.
 */
export interface HealthRecord {
  /** Milliseconds since the epoch. */
  readonly time: number;
  /** Milliseconds; 0: it failed. */
  readonly delay: number;
}

const KEPT_RECORDS = 10;
/** A client may test with any URL. */
const KEPT_URLS = 16;

export class HealthHistory {
  readonly #records: HealthRecord[] = [];

  add(record: HealthRecord): void {
    this.#records.push(record);
    if (this.#records.length > KEPT_RECORDS) this.#records.shift();
  }

  /** Oldest first. */
  get records(): readonly HealthRecord[] {
    return this.#records;
  }

  get isAlive(): boolean {
    return this.#records.at(-1)?.delay !== 0;
  }

  /** Milliseconds; infinite while there is none. */
  get delay(): number {
    const delay = this.#records.at(-1)?.delay ?? 0;
    return delay === 0 ? Infinity : delay;
  }
}

export class Health {
  /** Of all URLs. */
  readonly all = new HealthHistory();
  readonly #byUrl = new Map<string, HealthHistory>();

  /** `delay` in milliseconds; 0: it failed. */
  add(url: string, delay: number): void {
    const record = { time: Date.now(), delay };
    this.all.add(record);
    const history = this.#byUrl.get(url) ?? new HealthHistory();
    history.add(record);
    // The one that was tested longest ago goes first.
    this.#byUrl.delete(url);
    this.#byUrl.set(url, history);
    for (const oldest of this.#byUrl.keys()) {
      if (this.#byUrl.size <= KEPT_URLS) break;
      this.#byUrl.delete(oldest);
    }
  }

  /** As far as it was tested with this URL; otherwise with any. */
  of(url: string): HealthHistory {
    return this.#byUrl.get(url) ?? this.all;
  }

  byUrl(): ReadonlyMap<string, HealthHistory> {
    return this.#byUrl;
  }
}
