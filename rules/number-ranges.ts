/** Lists of numbers and ranges, as ports, users and traffic classes are written: `80/8000-9000`. */
import type { Parsed } from './parsed.ts';
import type { NumberRange } from './rule.ts';
import { quote } from './text.ts';

/** Merged and in rising order. `what` is one of the numbers in words; `largest` belongs to them. */
export function parseRanges(
  payload: string,
  what: string,
  largest: number,
): Parsed<readonly NumberRange[]> {
  const ranges: NumberRange[] = [];
  for (const part of payload.split('/')) {
    // mihomo skips empty parts, too.
    if (part.trim() === '') continue;
    const match = /^([0-9]{1,10})(?:\s*-\s*([0-9]{1,10}))?$/.exec(part.trim());
    const first = Number(match?.[1] ?? NaN);
    const last = Number(match?.[2] ?? first);
    if (!(first <= largest && last <= largest))
      return { ok: false, reason: bad(part, what, largest) };
    ranges.push({ first: Math.min(first, last), last: Math.max(first, last) });
  }
  if (ranges.length === 0) return { ok: false, reason: bad(payload, what, largest) };
  return { ok: true, value: merge(ranges) };
}

export function inRanges(ranges: readonly NumberRange[], value: number): boolean {
  for (const { first, last } of ranges) if (value >= first && value <= last) return true;
  return false;
}

/** `80/8000-9000`. */
export function formatRanges(ranges: readonly NumberRange[]): string {
  return ranges
    .map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`))
    .join('/');
}

function merge(ranges: NumberRange[]): readonly NumberRange[] {
  ranges.sort((a, b) => a.first - b.first);
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of ranges) {
    const before = merged.at(-1);
    if (before !== undefined && first <= before.last + 1) before.last = Math.max(before.last, last);
    else merged.push({ first, last });
  }
  return merged;
}

function bad(text: string, what: string, largest: number): string {
  const form = 'write a number (80), a range (8000-9000) or several with / between them';
  return `${quote(text)} is not a ${what} from 0 to ${largest}: ${form}`;
}
