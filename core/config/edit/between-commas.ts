/** Taking one of several things out of brackets or braces, with its comma. Pure. */
import type { Place, Splice } from './yaml-file.ts';

/** `inside` is what stands between the brackets; comments between two items stay. */
export function removeBetween(
  text: string,
  items: readonly Place[],
  index: number,
  inside: Place,
): Splice {
  const { start, end } = items[index] ?? inside;
  const before = items[index - 1];
  const after = items[index + 1];
  const isLast = after === undefined;
  if (isLast && before !== undefined && !text.slice(before.end, start).includes('#')) {
    return { start: before.end, end, by: '' };
  }
  const until = after?.start ?? inside.end;
  const gap = text.slice(end, until);
  // The comma goes, what else stands there stays.
  const by = isLast || gap.includes('#') ? withoutComma(gap) : '';
  return { start, end: until, by };
}

/** Of what stands behind an item; a comma in a comment is none. */
function withoutComma(gap: string): string {
  return gap.replace(/^((?:[^#,]|#[^\n]*(?:\n|$))*),/, '$1');
}
