/** Totals for tests of what is shown of them. */
import type { TotalRow, Totals } from '../../../core/api/totals.ts';

const START = Date.parse('2026-01-01T00:00:00Z');

export function aRow(name: string, upload: number, download: number, open = 0): TotalRow {
  return { kind: 'named', name, path: '', upload, download, open, total: 1 };
}

/** `seconds` since counting began. */
export function aTotals(seconds: number, tables: Partial<Totals>): Totals {
  return {
    since: new Date(START).toISOString(),
    time: new Date(START + seconds * 1000).toISOString(),
    upstream: [],
    zone: [],
    process: [],
    guest: [],
    path: [],
    ...tables,
  };
}
