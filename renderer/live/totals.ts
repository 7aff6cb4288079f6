/** What goes through by upstream, zone and program, each second, and how fast. */
import { endpoints } from '../../core/api/endpoints.ts';
import type { Totals, WatchTotalsQuery } from '../../core/api/totals.ts';
import type { Rate } from './flows.ts';
import { liveOf } from './live.ts';

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

/** How much of a rate is that of the latest second: traffic comes in gusts. */
const SHARE_OF_LATEST = 0.6;
/** Bytes a second that are as good as none. */
const SILENCE = 1;

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
      const rate = (now: number, then: number | undefined, smooth: number): number => {
        // A row that is new here may have been among the others: it has no rate yet.
        const latest = then === undefined ? 0 : Math.max(0, now - then) / seconds;
        return latest * SHARE_OF_LATEST + smooth * (1 - SHARE_OF_LATEST);
      };
      const up = rate(row.upload, last?.upload, was?.up ?? 0);
      const down = rate(row.download, last?.download, was?.down ?? 0);
      if (up + down >= SILENCE) rates.set(key, { up, down });
    }
  }
  return { totals, rates };
}
