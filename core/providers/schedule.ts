/** When a resource is fetched again. Pure. Times in milliseconds. */

/** The first wait after a failure; each one more doubles it. */
const FIRST_RETRY_MS = 10_000;
const LONGEST_RETRY_MS = 3_600_000;
/** Several resources that are due at once do not all start at once. */
const SPREAD_MS = 3_000;

export interface Attempts {
  /** When it was last known to be fresh; null: never. */
  readonly freshAt: number | null;
  /** Attempts that failed since. */
  readonly failures: number;
  /** When the last one ended; null: there was none in this run. */
  readonly triedAt: number | null;
}

/**
 * When to try next; null: not by itself. `interval` 0: once it is here it stays. `random` is from
 * 0 to 1.
 */
export function nextAttempt(
  { freshAt, failures, triedAt }: Attempts,
  interval: number,
  now: number,
  random: number,
): number | null {
  if (failures > 0 && triedAt !== null) {
    const longest = interval === 0 ? LONGEST_RETRY_MS : Math.min(interval, LONGEST_RETRY_MS);
    const wait = Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20), longest);
    return triedAt + wait * (0.75 + random / 2);
  }
  if (freshAt === null) return now;
  if (interval === 0) return null;
  // A clock that went back does not postpone it for longer than an interval.
  const due = Math.min(freshAt, now) + interval * (0.95 + random / 10);
  return due > now ? due : now + random * SPREAD_MS;
}
