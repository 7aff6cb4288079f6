/** Taking one of several things out of brackets or braces, with its comma. Pure. */
import type { Splice } from './yaml-file.ts';

/** One of several spans that commas divide, with the comma that goes with it. */
export function removeBetween(
  text: string,
  spans: readonly (readonly [number, number])[],
  index: number,
  open: number,
  close: number,
): Splice {
  const [start, end] = spans[index] ?? [open, open];
  const before = spans[index - 1];
  const after = spans[index + 1];
  const gapBefore = before === undefined ? '' : text.slice(before[1], start);
  if (after === undefined && before !== undefined && !gapBefore.includes('#')) {
    return { start: before[1], end, by: '' };
  }
  const until = after?.[0] ?? close;
  const gap = text.slice(end, until);
  if (gap.includes('#')) {
    // The comma goes, what else stands there stays.
    const by = gap.replace(/^((?:[^#,]|#[^\n]*(?:\n|$))*),/, '$1');
    return { start, end: until, by };
  }
  return { start, end: until, by: after === undefined ? gap.replace(',', '') : '' };
}
