/** What differs between two texts, as a unified diff. Pure. */
import { createTwoFilesPatch } from 'diff';

const CONTEXT = 3;
/** Beyond it the search for the shortest diff takes seconds, and nobody reads it. */
const MAX_EDITS = 2000;

/** Empty where both are the same. The names stand in its two head lines. */
export function unifiedDiff(fromName: string, toName: string, from: string, to: string): string {
  if (from === to) return '';
  const options = { context: CONTEXT, maxEditLength: MAX_EDITS };
  return (
    createTwoFilesPatch(fromName, toName, from, to, '', '', options) ??
    oneHunk(fromName, toName, from, to)
  );
}

/** Everything between the first line that differs and the last. */
function oneHunk(fromName: string, toName: string, from: string, to: string): string {
  const [old, now] = [linesOf(from), linesOf(to)];
  let head = 0;
  while (head < old.length && old[head] === now[head]) head++;
  let tail = 0;
  const shorter = Math.min(old.length, now.length) - head;
  while (tail < shorter && old.at(-1 - tail) === now.at(-1 - tail)) tail++;
  const start = Math.max(head - CONTEXT, 0);
  const after = Math.max(tail - CONTEXT, 0);
  const range = (lines: readonly string[]): string =>
    `${start + 1},${lines.length - after - start}`;
  const marked = (mark: string, lines: readonly string[]): string =>
    lines.map((line) => `${mark}${line.endsWith('\n') ? line : `${line}\n${NO_END}`}`).join('');
  return [
    `--- ${fromName}\n+++ ${toName}\n@@ -${range(old)} +${range(now)} @@\n`,
    marked(' ', old.slice(start, head)),
    marked('-', old.slice(head, old.length - tail)),
    marked('+', now.slice(head, now.length - tail)),
    marked(' ', now.slice(now.length - tail, now.length - after)),
  ].join('');
}

const NO_END = '\\ No newline at end of file\n';

/** With their line breaks. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.split(/(?<=\n)/);
}
