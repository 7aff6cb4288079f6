/** Text of unknown origin: made printable, decoded, compared, and the nearest known name. */

/** Shortened, with what a terminal would act on or hide written as escapes. */
export function printable(text: string, limit: number): string {
  const short = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return short.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** The same in quotes. */
export function quote(text: string, limit = 60): string {
  return `"${printable(text.replace(/["\\]/g, '\\$&'), limit)}"`;
}

/** The candidate that `name` was probably meant to be, whatever its case; null where none is near. */
export function nearest(name: string, candidates: Iterable<string>): string | null {
  const longest = 64;
  if (name.length > longest) return null;
  const wanted = name.toLowerCase();
  let best: string | null = null;
  // Half of a short name being wrong is no longer a slip of the finger.
  let bestDistance = Math.min(3, Math.floor(wanted.length / 2) + 1);
  for (const candidate of candidates) {
    if (candidate.length > longest) continue;
    const distance = editDistance(wanted, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** `did you mean "x"?` with a leading `: `, or nothing. */
export function suggestion(name: string, candidates: Iterable<string>): string {
  const best = nearest(name, candidates);
  return best === null ? '' : `: did you mean ${quote(best)}?`;
}

/** Insertions, deletions, substitutions and swaps of neighbours, each costing one. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(at(last, j) + 1, at(row, j - 1) + 1, at(last, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, at(beforeLast, j - 2) + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return at(last, b.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? 0;
}

/** A percent-encoded part of a URL; one that is encoded wrongly is taken as it stands. */
export function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The form in which names of programs are compared, as whoever ignores case would. */
export function foldCase(text: string): string {
  // The one letter that expressions take for an ASCII letter and that lower case leaves alone.
  return text.toLowerCase().replaceAll('ſ', 's');
}

/** `1 rule`, `2 rules`. */
export function formatCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}
