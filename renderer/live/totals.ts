/** What goes through by upstream, zone and program, each second, and how fast. */
import { endpoints } from '../../core/api/endpoints.ts';
import type { Totals, WatchTotalsQuery } from '../../core/api/totals.ts';
import { liveOf } from './live.ts';
import { isSilent, smoothed } from './rates.ts';
import type { Rate } from './rates.ts';

export interface LiveTotals {
  /** Null until core has told them. */
  readonly totals: Totals | null;
  /** Bytes a second of each row that moves, by `keyOf`. */
  readonly rates: ReadonlyMap<string, Rate>;
}

const TABLES = ['upstream', 'zone', 'process', 'guest', 'path'] as const;
export type TotalsTable = (typeof TABLES)[number];

/** What tells a row from the others of all tables. */
export interface RowIdentity {
  readonly kind: string;
  readonly name: string;
  readonly path?: string;
  readonly zone?: string;
}

export function keyOf(table: TotalsTable, { kind, name, path, zone }: RowIdentity): string {
  return [table, zone ?? '', kind, path ?? '', name].join('\n');
}

export const liveTotals = liveOf<LiveTotals, undefined, WatchTotalsQuery, undefined, Totals>(
  { totals: null, rates: new Map() },
  endpoints.watchTotals,
  { query: { limit: 60 } },
  nextTotals,
);

/** What is known after a line of the stream. Pure. */
export function nextTotals(before: LiveTotals, totals: Totals): LiveTotals {
  const earlier = before.totals;
  // A core that began anew counts from zero.
  if (earlier === null || earlier.since !== totals.since) return { totals, rates: new Map() };
  const seconds = Math.max(0.1, (Date.parse(totals.time) - Date.parse(earlier.time)) / 1000);
  const rates = new Map<string, Rate>();
  for (const table of TABLES) {
    const known = new Map(earlier[table].map((row) => [keyOf(table, row), row]));
    for (const row of totals[table]) {
      const key = keyOf(table, row);
      const last = known.get(key);
      const was = before.rates.get(key);
      // A row that is new here may have been among the others: it has no rate yet.
      const moved = (now: number, then: number | undefined): number =>
        then === undefined ? 0 : Math.max(0, now - then) / seconds;
      const latest = {
        up: moved(row.upload, last?.upload),
        down: moved(row.download, last?.download),
      };
      const rate = smoothed(latest, was ?? { up: 0, down: 0 });
      if (!isSilent(rate)) rates.set(key, rate);
    }
  }
  return { totals, rates };
}
