/**
 * What went through since Sluice started, by who and where: `GET /v1/totals` and its stream. The
 * tables are bounded; what no longer fits is in the row of the others, so the sums stay exact.
 */
import type { TextFields } from './endpoint.ts';
import type { Zone } from './flows.ts';
import { readIntegerText } from './validate.ts';

/**
 * named: a flow's upstream, zone, program or source, as it is called; refused: by a rule or a guard, so
 * nobody carried it; answered: by Sluice itself (DNS); undecided: not yet, or never, found out where to;
 * unknown: nobody looked for the program; guest: of another machine, whose programs are not seen;
 * others: everything that does not fit into the table.
 */
export type TotalKind =
  'named' | 'refused' | 'answered' | 'undecided' | 'unknown' | 'guest' | 'others';

export interface TotalRow {
  readonly kind: TotalKind;
  /** Of `named`; otherwise empty. */
  readonly name: string;
  /** A program's path, where it can be read; otherwise empty. */
  readonly path: string;
  /** Payload bytes from and to the applications. */
  readonly upload: number;
  readonly download: number;
  readonly open: number;
  /** Open ones included. */
  readonly total: number;
}

/** Which zone's traffic left by which upstream. */
export interface PathRow extends TotalRow {
  readonly zone: Zone;
}

export interface Totals {
  /** RFC 3339: when counting began, and when this was written. */
  readonly since: string;
  readonly time: string;
  /** The most bytes first. */
  readonly upstream: readonly TotalRow[];
  readonly zone: readonly TotalRow[];
  readonly process: readonly TotalRow[];
  /** Source addresses that are not this machine's own. */
  readonly guest: readonly TotalRow[];
  /** From a zone to an upstream; `name` and `kind` are the upstream's. */
  readonly path: readonly PathRow[];
}

export const MAX_TOTAL_ROWS = 256;

export interface TotalsQuery {
  /** Rows of each table, besides that of the others; 50 when absent. */
  readonly limit?: number;
}

export function readTotalsQuery({ limit }: TextFields): TotalsQuery {
  if (limit === undefined) return {};
  return { limit: readIntegerText(limit, 'limit', 1, MAX_TOTAL_ROWS) };
}

export interface WatchTotalsQuery extends TotalsQuery {
  /** Milliseconds between two lines; 1000 when absent. */
  readonly interval?: number;
}

export function readWatchTotalsQuery({ interval, ...rest }: TextFields): WatchTotalsQuery {
  return {
    ...readTotalsQuery(rest),
    ...(interval === undefined
      ? {}
      : { interval: readIntegerText(interval, 'interval', 100, 60_000) }),
  };
}
