/** The order of a list's rows. Pure. */

export interface Sorting {
  /** A column's id. */
  readonly column: string;
  readonly isDescending: boolean;
}

/** A sorted copy; rows that are equal stay in the order of `tie`, largest first. */
export function sortRows<Row>(
  rows: readonly Row[],
  keyOf: (row: Row) => string | number,
  isDescending: boolean,
  tie: (row: Row) => number,
): Row[] {
  const sign = isDescending ? -1 : 1;
  return rows
    .map((row) => ({ row, key: keyOf(row) }))
    .sort((a, b) => sign * compare(a.key, b.key) || tie(b.row) - tie(a.row))
    .map(({ row }) => row);
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The words of a filter, in lower case; all of them must be found. */
export function wordsOf(filter: string): string[] {
  return filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
}

/** Whether every word is in the text, which is in lower case. */
export function hasAll(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word));
}
