/**
 * Finds the list of rules in the text of a configuration: each rule with the place of its text,
 * and the rules that were disabled, which stay in the list as comments (`# sluice:disabled - RULE`).
 * Pure; nothing here changes a text.
 */
import type { Alias, Node, Pair, YAMLSeq } from 'yaml';
import { isAlias, isMap, isNode, isPair, isScalar, isSeq, parseDocument, visit } from 'yaml';
import { SluiceError } from '../../api/errors.ts';
import { quote } from '../../../rules/text.ts';
import { LONGEST_LINE, isOneLine } from './scalar-text.ts';
import { columnOf, endOfDocument, lineEnd, lineStart, nextLine } from './text-lines.ts';
import { dashesOf, isNothing, rangeOf, resolved, scalarText } from './yaml-file.ts';
import type { YamlFile } from './yaml-file.ts';

export interface RuleEntry {
  readonly enabled: boolean;
  /** The rule, as the rule language reads it; null where it is no text. */
  readonly text: string | null;
  /** Its YAML, without what surrounds it: `'DOMAIN,a.test,DIRECT'`. */
  readonly source: string;
  /** Where `source` begins and ends; of a disabled rule, where its comment does. */
  readonly start: number;
  readonly end: number;
}

/**
 * How the list is written: `block` has a line for each rule; `flow` is in brackets; `null` is the
 * key without a value, `tilde` a null that is written out; `missing` has not even the key.
 */
export type ListStyle = 'block' | 'flow' | 'null' | 'tilde' | 'missing';

export interface RuleList {
  readonly text: string;
  readonly file: YamlFile;
  readonly style: ListStyle;
  /** In the order of the file. */
  readonly entries: readonly RuleEntry[];
  /** The list itself; null where there is none. */
  readonly node: YAMLSeq | null;
  /** All that the list consists of, its comments included; where there is none, the place for it. */
  readonly start: number;
  readonly end: number;
  /** Columns of the keys beside `rules`. */
  readonly keyIndent: number;
  /** The top-level key whose value holds the list: another than `rules` where that is an alias. */
  readonly home: string;
}

/** The comment of a disabled rule: its place, and the YAML of its item. */
const DISABLED = /^[ \t]*# sluice:disabled -[ \t]+(.*?)\r?$/;
const BLANK_OR_COMMENT = /^[ \t]*(#.*)?\r?$/;

export const DISABLED_MARK = '# sluice:disabled ';

/** Throws `ERR_EDIT_LAYOUT` where the rules cannot be edited safely. */
export function findRuleList(file: YamlFile): RuleList {
  const { text, document } = file;
  const root = document.contents;
  if (root === null) return missing(file, 0);
  if (!isMap(root)) throw layoutError('the file is no map of settings');
  const pairs = root.items.filter((pair) => isPair(pair));
  const keyIndent = columnOf(text, rangeOf(root)[0]);
  const [pair, second] = pairs.filter(({ key }) => isScalar(key) && key.value === 'rules');
  if (second !== undefined) throw layoutError('it has the key "rules" twice');
  if (pair === undefined) {
    if (pairs.some(({ key }) => isScalar(key) && key.value === '<<')) {
      throw layoutError('its rules may come from a merge key (<<); write "rules:" itself');
    }
    if (root.flow === true) throw layoutError('it is written in braces and has no "rules"');
    return missing(file, keyIndent);
  }
  const homePair = isAlias(pair.value)
    ? pairs.find((other) => holds(other, (pair.value as Alias).resolve(document)))
    : pair;
  const home = isScalar(homePair?.key) ? String(homePair.key.value) : '';
  return listOf(pair, { text, file, keyIndent, home });
}

/** Whether a node is part of what a pair says. */
function holds(pair: Pair, node: unknown): boolean {
  let found = false;
  if (!isNode(pair.value)) return false;
  visit(pair.value, {
    Node(_, visited) {
      if (visited !== node) return undefined;
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

function listOf(pair: Pair, base: Base): RuleList {
  const { text, file } = base;
  const value = isAlias(pair.value) ? pair.value.resolve(file.document) : pair.value;
  if (isSeq(value)) {
    return value.flow === true ? flowList(value, base) : blockList(value, base);
  }
  if (isNode(value) && !isNothing(value)) {
    throw layoutError('"rules" is no list');
  }
  if (isAlias(pair.value)) throw layoutError('"rules" is an alias of nothing');
  const keyEnd = rangeOf(pair.key)[1];
  const [nullStart, nullEnd] = isNode(value) ? rangeOf(value) : [keyEnd, keyEnd];
  const start = nextLine(text, nullEnd);
  const { entries, end } = disabledAfter(text, start);
  if (/^[ \t]*:[ \t]*(&\S+[ \t]*)?(#.*)?\r?\n?$/.test(text.slice(keyEnd, start))) {
    return { ...base, style: 'null', entries, node: null, start, end };
  }
  if (nullStart === nullEnd || entries.length > 0) throw layoutError('"rules" is null');
  return { ...base, style: 'tilde', entries, node: null, start: nullStart, end: nullEnd };
}

type Base = Pick<RuleList, 'text' | 'file' | 'keyIndent' | 'home'>;

function missing(file: YamlFile, keyIndent: number): RuleList {
  const { text } = file;
  const end = endOfDocument(text);
  return {
    text,
    file,
    keyIndent,
    home: 'rules',
    style: 'missing',
    entries: [],
    node: null,
    start: end,
    end,
  };
}

function blockList(node: YAMLSeq, base: Base): RuleList {
  const { text, file } = base;
  const dashes = dashesOf(node);
  const entries = node.items.map((item, index): RuleEntry => {
    const dash = dashes[index];
    if (dash === undefined) throw layoutError('an item of "rules" cannot be found again');
    const start = lineStart(text, dash);
    if (text.slice(start, dash).trim() !== '') {
      throw layoutError('an item of "rules" does not begin a line');
    }
    const valueEnd = isNode(item) ? Math.max(rangeOf(item)[1], dash + 1) : dash + 1;
    const isWhole = text[valueEnd - 1] === '\n';
    return {
      enabled: true,
      text: scalarText(resolved(file, item)),
      source: text.slice(dash, isWhole ? valueEnd : lineEnd(text, valueEnd)),
      start,
      end: isWhole ? valueEnd : nextLine(text, valueEnd),
    };
  });
  const first = entries[0]?.start ?? rangeOf(node)[0];
  const last = entries.at(-1)?.end ?? first;
  const start = commentsBefore(text, first);
  const between = entries.flatMap((entry, index) =>
    disabledIn(text, entries[index - 1]?.end ?? start, entry.start),
  );
  const after = disabledAfter(text, last);
  return {
    ...base,
    style: 'block',
    entries: inOrder([...entries, ...between, ...after.entries]),
    node,
    start,
    end: after.end,
  };
}

function flowList(node: YAMLSeq, base: Base): RuleList {
  const { text, file } = base;
  const [start, end] = rangeOf(node);
  const items = node.items.map((item): RuleEntry => {
    if (!isNode(item)) throw layoutError('an item of "rules" is no text');
    const [from, to] = rangeOf(item);
    const anchored = propertiesStart(text, from, item);
    return {
      enabled: true,
      text: scalarText(resolved(file, item)),
      source: text.slice(anchored, to),
      start: anchored,
      end: to,
    };
  });
  const gaps = [...items, null].flatMap((item, index) =>
    disabledIn(text, items[index - 1]?.end ?? start + 1, item?.start ?? end - 1),
  );
  return { ...base, style: 'flow', entries: inOrder([...items, ...gaps]), node, start, end };
}

/** A node's range begins behind its anchor and tag. */
function propertiesStart(text: string, start: number, node: Node): number {
  const anchor = 'anchor' in node && typeof node.anchor === 'string' ? `&${node.anchor}` : '';
  if (anchor === '') return start;
  const found = text.lastIndexOf(anchor, start);
  if (found < 0 || text.slice(found + anchor.length, start).trim() !== '') {
    throw layoutError('an item of "rules" has an anchor that cannot be found');
  }
  return found;
}

/** The rules that are disabled in these lines, which hold nothing but comments. */
function disabledIn(text: string, from: number, to: number): RuleEntry[] {
  const entries: RuleEntry[] = [];
  for (let at = from; at < to; at = nextLine(text, at)) {
    const line = text.slice(at, lineEnd(text, at));
    const source = DISABLED.exec(line)?.[1];
    // What stands on the line of an item is a note to it.
    if (source === undefined || at !== lineStart(text, at)) continue;
    entries.push({
      enabled: false,
      text: disabledText(source),
      source,
      start: at,
      end: nextLine(text, at),
    });
  }
  return entries;
}

/** The lines from here on that hold nothing but comments, up to the last disabled rule among them. */
function disabledAfter(text: string, from: number): { entries: RuleEntry[]; end: number } {
  let at = from;
  while (at < text.length && BLANK_OR_COMMENT.test(text.slice(at, lineEnd(text, at)))) {
    at = nextLine(text, at);
  }
  const entries = disabledIn(text, from, at);
  return { entries, end: entries.at(-1)?.end ?? from };
}

function disabledText(source: string): string | null {
  const { contents, errors } = parseDocument(`- ${source}\n`, { prettyErrors: false });
  const item = isSeq(contents) && errors.length === 0 ? contents.items[0] : null;
  return isScalar(item) && typeof item.value === 'string' ? item.value : source;
}

/** Where the comments directly above a line begin. */
function commentsBefore(text: string, line: number): number {
  let at = line;
  while (at > 0) {
    const before = lineStart(text, at - 1);
    if (!BLANK_OR_COMMENT.test(text.slice(before, at - 1))) break;
    at = before;
  }
  return at;
}

function inOrder(entries: RuleEntry[]): RuleEntry[] {
  return entries.sort((a, b) => a.start - b.start);
}

/** Throws `ERR_EDIT_RULE` where a text cannot be one line of a file. */
export function assertRule(rule: string): void {
  if (rule.trim() !== '' && isOneLine(rule)) return;
  throw new SluiceError(
    'ERR_EDIT_RULE',
    `${quote(rule.slice(0, 100))} is no rule: write one line of 1 to ${LONGEST_LINE} characters`,
  );
}

export function layoutError(why: string): SluiceError {
  return new SluiceError(
    'ERR_EDIT_LAYOUT',
    `The rules of this file cannot be edited by a program: ${why}. Edit it by hand`,
  );
}

export function shownRule(entry: RuleEntry): string {
  return quote(entry.text ?? entry.source);
}
