/**
 * Where in the text an entry is put into a list of rules, taken out of it, or replaced. Each
 * function takes the list as it was found and gives the whole new text; whoever calls it finds
 * the list again, and checks it. Pure.
 */
import { DISABLED_MARK, columnOf, nextLine } from './rule-list.ts';
import type { RuleList } from './rule-list.ts';

/** An entry to be: the YAML of its item, without the `-`. */
export interface NewEntry {
  readonly enabled: boolean;
  readonly source: string;
}

/** Before the entry at `at`, or last. */
export function insertEntry(list: RuleList, at: number, entry: NewEntry): string {
  const { style, text, start } = list;
  switch (style) {
    case 'flow':
      return entry.enabled ? insertInFlow(list, at, entry.source) : noteInFlow(list, at, entry);
    case 'tilde':
      return splice(text, start, list.end, `[${entry.source}]`);
    case 'missing':
      return putLines(text, start, [`${' '.repeat(list.keyIndent)}rules:`, lineOf(list, entry)]);
    case 'null':
    case 'block':
      return putLines(text, placeOfLine(list, at), [lineOf(list, entry)]);
  }
}

export function removeEntry(list: RuleList, at: number): string {
  const { text, entries, style } = list;
  const entry = entries[at];
  if (entry === undefined) return text;
  if (style === 'flow' && entry.enabled) return removeFromFlow(list, at);
  return splice(text, entry.start, entry.end, '');
}

/** In a list with a line for each rule. */
export function replaceLine(list: RuleList, at: number, by: NewEntry): string {
  const { text, entries } = list;
  const entry = entries[at];
  if (entry === undefined) return text;
  const raw = text.slice(entry.start, entry.end);
  const ending = /\r?\n$/.exec(raw)?.[0] ?? '';
  const space = /^[ \t]*(?:# sluice:disabled )?-([ \t]+)/.exec(raw)?.[1];
  return splice(text, entry.start, entry.end, lineOf(list, by, space) + ending);
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

/** Whole lines at the start of a line, or behind a last line that has no end. */
export function putLines(text: string, at: number, lines: readonly string[]): string {
  const ending = lineBreakOf(text);
  const isOpen = at > 0 && text[at - 1] !== '\n';
  const block = isOpen
    ? lines.map((line) => ending + line).join('')
    : lines.map((line) => line + ending).join('');
  return splice(text, at, at, block);
}

function insertInFlow(list: RuleList, at: number, source: string): string {
  const { text, entries, start } = list;
  const next = entries[at];
  const before = entries[at - 1];
  if (next?.enabled === true) {
    return splice(text, next.start, next.start, source + separatorOf(list));
  }
  if (before?.enabled === true) {
    return splice(text, before.end, before.end, separatorOf(list) + source);
  }
  if (before === undefined && next === undefined) {
    return splice(text, start + 1, start + 1, source);
  }
  // Among disabled rules, which have lines: a comma may stand behind the last item.
  const place = before?.end ?? next?.start ?? start;
  const put = splice(text, place, place, `${indentOf(list)}${source},${lineBreakOf(text)}`);
  const last = entries.slice(0, at).findLast(({ enabled }) => enabled);
  const isLast = entries.slice(at).every(({ enabled }) => !enabled);
  const hasComma = last !== undefined && /^\s*,/.test(text.slice(last.end));
  return last === undefined || !isLast || hasComma ? put : splice(put, last.end, last.end, ',');
}

/** A disabled rule is a comment on a line of its own. */
function noteInFlow(list: RuleList, at: number, { source }: NewEntry): string {
  const { text, entries, end } = list;
  const indent = indentOf(list);
  const ending = lineBreakOf(text);
  const note = `${DISABLED_MARK}- ${source}${ending}`;
  const next = entries[at];
  const before = entries[at - 1];
  if (next?.enabled === false) return splice(text, next.start, next.start, indent + note);
  if (before?.enabled === false) return splice(text, before.end, before.end, indent + note);
  const place = next?.start ?? end - 1;
  const column = text.slice(place - columnOf(text, place), place);
  // What follows is put below, as far in as it was; a new line is as far in as the others.
  const isAlone = column.trim() === '';
  const lead = isAlone ? '' : ending + indent;
  return splice(text, place, place, `${lead}${note}${isAlone ? column : indent}`);
}

function removeFromFlow({ text, entries, start, end }: RuleList, at: number): string {
  const items = entries.filter(({ enabled }) => enabled);
  const index = items.findIndex((item) => item === entries[at]);
  return removeItem(text, { start, end, items }, index);
}

/** Something in brackets or braces: where they stand, and where its items do. */
export interface FlowPlaces {
  readonly start: number;
  readonly end: number;
  readonly items: readonly { readonly start: number; readonly end: number }[];
}

/** Takes an item out, with one comma. Comments between two items stay. */
export function removeItem(text: string, { start, end, items }: FlowPlaces, index: number): string {
  const item = items[index];
  if (item === undefined) return text;
  const before = items[index - 1]?.end ?? start + 1;
  const after = items[index + 1]?.start ?? end - 1;
  const isLast = index === items.length - 1;
  const gap = text.slice(item.end, after);
  const hasNotes = gap.includes('#');
  // The comma in front of the last item goes with it, where no comment stands between.
  const takesFront = isLast && index > 0 && !text.slice(before, item.start).includes('#');
  if (takesFront) return splice(text, before, item.end, '');
  return splice(text, item.start, after, isLast || hasNotes ? withoutComma(gap) : '');
}

/** Of what stands behind an item; a comma in a comment is none. */
function withoutComma(gap: string): string {
  return gap.replace(/^((?:[^#,]|#[^\n]*(?:\n|$))*),/, '$1');
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

export function lineBreakOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

export function splice(text: string, start: number, end: number, by: string): string {
  return text.slice(0, start) + by + text.slice(end);
}
