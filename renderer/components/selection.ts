/** Which rows of a list are selected. Pure. */

export type RowKey = string | number;

export interface Selection<Row> {
  readonly keys: ReadonlySet<RowKey>;
  readonly onChange: (keys: ReadonlySet<RowKey>) => void;
  /** What a row is called where it is selected. */
  readonly nameOf: (row: Row) => string;
}

export function toggled(keys: ReadonlySet<RowKey>, key: RowKey): ReadonlySet<RowKey> {
  const next = new Set(keys);
  if (!next.delete(key)) next.add(key);
  return next;
}

/** The keys from one to another, in whichever order they stand; the second alone where the first is gone. */
export function between(order: readonly RowKey[], from: RowKey, to: RowKey): RowKey[] {
  const end = order.indexOf(to);
  const start = order.indexOf(from);
  if (start < 0) return [to];
  return order.slice(Math.min(start, end), Math.max(start, end) + 1);
}
