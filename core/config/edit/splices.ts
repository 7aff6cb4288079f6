/**
 * Where in the text an entry is put into a list of rules, taken out of it, or replaced. Each
 * function takes the list as it was found and gives the splices; whoever calls it makes them,
 * finds the list again, and checks it. Pure.
 */
import { removeBetween } from './between-commas.ts';
import { DISABLED_MARK } from './rule-list.ts';
import type { RuleList } from './rule-list.ts';
import { columnOf, nextLine } from './text-lines.ts';
import { linesAt } from './yaml-file.ts';
import type { Splice } from './yaml-file.ts';

/** An entry to be: the YAML of its item, without the `-`. */
export interface NewEntry {
  readonly enabled: boolean;
  readonly source: string;
}

/** Before the entry at `at`, or last. */
export function insertEntry(list: RuleList, at: number, entry: NewEntry): Splice[] {
  const { style, start, file } = list;
  switch (style) {
    case 'flow':
      return entry.enabled ? insertInFlow(list, at, entry.source) : [noteInFlow(list, at, entry)];
    case 'tilde':
      return [{ start, end: list.end, by: `[${entry.source}]` }];
    case 'missing':
      return [linesAt(file, start, [`${' '.repeat(list.keyIndent)}rules:`, lineOf(list, entry)])];
    case 'null':
    case 'block':
      return [linesAt(file, placeOfLine(list, at), [lineOf(list, entry)])];
  }
}

export function removeEntry(list: RuleList, at: number): Splice[] {
  const { entries, style } = list;
  const entry = entries[at];
  if (entry === undefined) return [];
  if (style === 'flow' && entry.enabled) return [removeFromFlow(list, at)];
  return [{ start: entry.start, end: entry.end, by: '' }];
}

/** In a list with a line for each rule. */
export function replaceLine(list: RuleList, at: number, by: NewEntry): Splice[] {
  const { text, entries } = list;
  const entry = entries[at];
  if (entry === undefined) return [];
  const raw = text.slice(entry.start, entry.end);
  const ending = /\r?\n$/.exec(raw)?.[0] ?? '';
  const space = /^[ \t]*(?:# sluice:disabled )?-([ \t]+)/.exec(raw)?.[1];
  return [{ start: entry.start, end: entry.end, by: lineOf(list, by, space) + ending }];
}

/** An item's line, indented and dashed as its neighbours are. */
function lineOf(list: RuleList, { enabled, source }: NewEntry, ownSpace?: string): string {
  const { text, entries, keyIndent } = list;
  const model = entries.find((entry) => entry.enabled) ?? entries[0];
  const raw = model === undefined ? '' : text.slice(model.start, model.end);
  const indent = /^[ \t]*(?=[-#])/.exec(raw)?.[0] ?? ' '.repeat(keyIndent + 2);
  const space = ownSpace ?? /^[ \t]*-([ \t]+)/.exec(raw)?.[1] ?? ' ';
  return `${indent}${enabled ? '' : DISABLED_MARK}-${space}${source}`;
}

/** Comments above a rule stay above it: a new one goes right behind the rule before. */
function placeOfLine({ text, entries, start }: RuleList, at: number): number {
  const before = entries[at - 1];
  if (before !== undefined) return before.end;
  const first = entries[0];
  if (first === undefined) return start;
  let place = first.start;
  for (let line = start, isDirect = true; line < first.start; line = nextLine(text, line)) {
    const isBlank = text.slice(line, nextLine(text, line)).trim() === '';
    // The last block of comments without a gap belongs to the first rule.
    if (isDirect && !isBlank) place = line;
    isDirect = isBlank;
    if (isBlank) place = first.start;
  }
  return place;
}

function insertInFlow(list: RuleList, at: number, source: string): Splice[] {
  const { text, entries, start, file } = list;
  const next = entries[at];
  const before = entries[at - 1];
  if (next?.enabled === true) return [putAt(next.start, source + separatorOf(list))];
  if (before?.enabled === true) return [putAt(before.end, separatorOf(list) + source)];
  if (before === undefined && next === undefined) return [putAt(start + 1, source)];
  // Among disabled rules, which have lines: a comma may stand behind the last item.
  const place = before?.end ?? next?.start ?? start;
  const put = putAt(place, `${indentOf(list)}${source},${file.lineBreak}`);
  const last = entries.slice(0, at).findLast(({ enabled }) => enabled);
  const isLast = entries.slice(at).every(({ enabled }) => !enabled);
  const hasComma = last !== undefined && /^\s*,/.test(text.slice(last.end));
  return last === undefined || !isLast || hasComma ? [put] : [putAt(last.end, ','), put];
}

/** A disabled rule is a comment on a line of its own. */
function noteInFlow(list: RuleList, at: number, { source }: NewEntry): Splice {
  const { text, entries, end, file } = list;
  const indent = indentOf(list);
  const ending = file.lineBreak;
  const note = `${DISABLED_MARK}- ${source}${ending}`;
  const next = entries[at];
  const before = entries[at - 1];
  if (next?.enabled === false) return putAt(next.start, indent + note);
  if (before?.enabled === false) return putAt(before.end, indent + note);
  const place = next?.start ?? end - 1;
  const column = text.slice(place - columnOf(text, place), place);
  // What follows is put below, as far in as it was; a new line is as far in as the others.
  const isAlone = column.trim() === '';
  const lead = isAlone ? '' : ending + indent;
  return putAt(place, `${lead}${note}${isAlone ? column : indent}`);
}

function putAt(at: number, by: string): Splice {
  return { start: at, end: at, by };
}

function removeFromFlow({ text, entries, start, end }: RuleList, at: number): Splice {
  const items = entries.filter(({ enabled }) => enabled);
  const index = items.findIndex((item) => item === entries[at]);
  return removeBetween(text, items, index, { start: start + 1, end: end - 1 });
}

/** What stands between two items, with no comment in it. */
function separatorOf({ text, entries }: RuleList): string {
  const items = entries.filter(({ enabled }) => enabled);
  for (const [index, item] of items.entries()) {
    const next = items[index + 1];
    const gap = next === undefined ? '#' : text.slice(item.end, next.start);
    if (!gap.includes('#')) return gap;
  }
  return ', ';
}

/** Of a line between the brackets: at least one column more than the key has. */
function indentOf({ text, entries, keyIndent }: RuleList): string {
  const isLine = (at: number): boolean => text.slice(at - columnOf(text, at), at).trim() === '';
  const first = entries.find(({ start }) => isLine(start));
  if (first === undefined) return ' '.repeat(keyIndent + 2);
  return /^[ \t]*/.exec(text.slice(first.start - columnOf(text, first.start)))?.[0] ?? '';
}
