/**
 * Sets one value of a configuration by its path, or takes it out: comments, order and layout stay
 * as they are everywhere else, byte for byte. The text is spliced and read again: unless the value
 * is what was wanted, and everything else what it was, the change is refused. Pure.
 */
import type { Document, Pair, YAMLMap, YAMLSeq } from 'yaml';
import { isMap, isNode, isPair, isScalar, isSeq } from 'yaml';
import type { SettingScalar, SettingValue } from '../../api/settings.ts';
import { columnOf, lineEnd, lineStart, nextLine } from './rule-list.ts';
import { assertOnlyChanged } from './setting-check.ts';
import { replaceItems } from './setting-items.ts';
import type { Step } from './setting-node.ts';
import {
  assertNotShared,
  hasComment,
  isMerge,
  isNothing,
  keyOf,
  linesOf,
  mayMerge,
  placeOf,
  rangeOf,
  readDocument,
  settingError,
  stepsTo,
  valueAt,
} from './setting-node.ts';
import { isList, keyText, valueText } from './setting-text.ts';
import type { Manner } from './setting-text.ts';
import { lineBreakOf, putLines, removeItem, splice } from './splices.ts';

type Plain = SettingScalar | readonly SettingScalar[];

/** A list that is new has a line for each item where it would be wider. */
const WIDEST_LIST = 80;

/**
 * Null takes the key out, so that its default counts; maps that are empty then go with it. Of a map
 * the names that it has are set, one by one, and others go. Throws `SluiceError` (`ERR_EDIT_...`).
 */
export function setValue(
  text: string,
  path: readonly string[],
  wanted: SettingValue | null,
): string {
  const value = isEmptyMap(wanted) ? null : wanted;
  const document = readDocument(text);
  const next = isPlain(value)
    ? setPlain(text, path, value, document)
    : setMap(text, path, value, document);
  if (next !== text || value !== null) assertOnlyChanged(text, document, next, path, value);
  return next;
}

function isPlain(value: SettingValue | null): value is Plain | null {
  return typeof value !== 'object' || value === null || Array.isArray(value);
}

function isEmptyMap(value: SettingValue | null): boolean {
  return !isPlain(value) && Object.keys(value).length === 0;
}

function setMap(
  text: string,
  path: readonly string[],
  wanted: Readonly<Record<string, Plain>>,
  document: Document,
): string {
  const node = valueAt(document, path);
  if (node !== null && !isMap(node)) throw settingError(path, 'it is no map in the file');
  const names = Object.keys(wanted);
  const gone = (node?.items ?? []).flatMap((pair) => {
    if (isMerge(pair)) throw settingError(path, 'it has a merge key (<<)');
    const name = keyOf(pair);
    return name === null || Object.hasOwn(wanted, name) ? [] : [name];
  });
  const set = names.reduce(
    (all, name) => setPlain(all, [...path, name], wanted[name] ?? null),
    text,
  );
  return gone.reduce((all, name) => setPlain(all, [...path, name], null), set);
}

/** `document` is what the text says. */
function setPlain(
  text: string,
  path: readonly string[],
  value: Plain | null,
  document = readDocument(text),
): string {
  const steps = stepsTo(document, path);
  const last = steps.at(-1);
  if (last === undefined) return value === null ? text : startFile(text, document, path, value);
  assertNotShared(document, steps, path);
  const { map, pair } = last;
  if (pair === null) {
    const rest = path.slice(steps.length - 1);
    const [key = ''] = rest;
    // A map of our own would hide the one that comes by a merge key.
    if ((value === null || rest.length > 1) && mayMerge(document, map, key)) {
      throw settingError(path, 'it comes from a merge key (<<)');
    }
    return value === null ? text : insert(text, steps, rest, value, path);
  }
  if (steps.length < path.length) {
    if (value === null) return text;
    return fill(text, { map, pair }, path.slice(steps.length), value, path);
  }
  return value === null ? remove(text, steps, path) : replace(text, { map, pair }, value, path);
}

/** The first setting of a file that may have comments. */
function startFile(
  text: string,
  { contents }: Document,
  path: readonly string[],
  value: Plain,
): string {
  // A null that is written out would stand in front of the map.
  if (isNode(contents) && isScalar(contents) && (contents.source ?? '') !== '') {
    throw settingError(path, 'the file is no map of settings');
  }
  return putLines(text, endOfDocument(text), newLines(text, path, value, 0));
}

/** In front of the mark that ends a document. */
function endOfDocument(text: string): number {
  return /^\.\.\.[ \t]*(#.*)?\r?$/m.exec(text)?.index ?? text.length;
}

/** A new pair of the innermost map. */
function insert(
  text: string,
  steps: readonly Step[],
  keys: readonly string[],
  value: Plain,
  path: readonly string[],
): string {
  const map = steps.at(-1)?.map;
  if (map === undefined) return text;
  if (map.flow === true) return insertInFlow(text, map, keys, value, steps.length === 1);
  const pairs = map.items.filter((pair) => isPair(pair));
  const first = pairs[0] === undefined ? null : linesOf(text, pairs[0]);
  if (first === null) throw settingError(path, 'the map that it belongs to shares its lines');
  const indent = columnOf(text, rangeOf(pairs[0]?.key)[0]);
  const lines = newLines(text, keys, value, indent);
  return putLines(text, placeIn(text, pairs, indent, keys.length === 1), lines);
}

/** Behind the last pair and the comments that are as far in; at the top, scalars stay together. */
function placeIn(text: string, pairs: readonly Pair[], indent: number, isValue: boolean): number {
  const isTop = indent === 0;
  if (isTop && isValue) {
    const model = pairs.findLast(({ value }) => isScalar(value) && value.value !== null);
    const lines = model === undefined ? null : linesOf(text, model);
    if (lines !== null) return lines.end;
  }
  if (isTop) return endOfDocument(text);
  const last = pairs.at(-1);
  let at = last === undefined ? text.length : (linesOf(text, last)?.end ?? text.length);
  while (at < text.length) {
    const line = text.slice(at, lineEnd(text, at));
    if (!new RegExp(`^ {${indent},}#`).test(line)) break;
    at = nextLine(text, at);
  }
  return at;
}

function newLines(text: string, keys: readonly string[], value: Plain, indent: number): string[] {
  const step = indentStep(text);
  const manner: Manner = { isFlow: false, isJson: false };
  const pad = (depth: number): string => ' '.repeat(indent + depth * step);
  const heads = keys.map((key, depth) => `${pad(depth)}${keyText(key, manner)}:`);
  const shown = valueText(value, manner);
  if (isList(value) && shown.length > WIDEST_LIST) {
    return [...heads, ...value.map((item) => `${pad(keys.length)}- ${valueText(item, manner)}`)];
  }
  return [...heads.slice(0, -1), `${heads.at(-1)} ${shown}`];
}

/** How far in the file's first map in a map is. */
function indentStep(text: string): number {
  const found = /^[^\s#-][^#\n]*:[ \t]*(?:#.*)?\r?\n( {1,8})[^\s#-]/m.exec(text)?.[1];
  return found === undefined ? 2 : found.length;
}

function insertInFlow(
  text: string,
  map: YAMLMap,
  keys: readonly string[],
  value: Plain,
  isTop: boolean,
): string {
  const [start, end] = rangeOf(map);
  const last = map.items.at(-1);
  const isEmpty = last === undefined && text.slice(start, end).replaceAll(/[{}\s]/g, '') === '';
  const isAlone = text.slice(lineStart(text, start), start).trim() === '';
  // An empty map is how a file without settings is written: from here on it has lines.
  if (isTop && isEmpty && isAlone) {
    const rest = text.slice(end, lineEnd(text, end));
    const lines = newLines(text, keys, value, 0).join(lineBreakOf(text));
    return splice(
      text,
      lineStart(text, start),
      end,
      rest === '' ? lines : `${lines}${lineBreakOf(text)}`,
    );
  }
  const inner = innerPair(keys, value, {
    isFlow: true,
    isJson: text[start + 1 + blanksAt(text, start + 1)] === '"',
  });
  if (last === undefined) return splice(text, start + 1, start + 1, ` ${inner} `);
  const at = placeOf(last).end;
  return splice(text, at, at, `, ${inner}`);
}

function blanksAt(text: string, at: number): number {
  return /^\s*/.exec(text.slice(at, at + 200))?.[0].length ?? 0;
}

/** `a: { b: 1 }` */
function innerPair(keys: readonly string[], value: Plain, manner: Manner): string {
  const [key = '', ...rest] = keys;
  const said =
    rest.length === 0 ? valueText(value, manner) : `{ ${innerPair(rest, value, manner)} }`;
  return `${keyText(key, manner)}: ${said}`;
}

/** A key that has no value yet gets a map with the value in it. */
function fill(
  text: string,
  { map, pair }: { readonly map: YAMLMap; readonly pair: Pair },
  keys: readonly string[],
  value: Plain,
  path: readonly string[],
): string {
  const [start, keyEnd] = rangeOf(pair.key);
  const lines = map.flow === true || isWritten(pair) ? null : linesOf(text, pair);
  if (lines !== null) {
    return putLines(
      text,
      lines.end,
      newLines(text, keys, value, columnOf(text, start) + indentStep(text)),
    );
  }
  const said = `{ ${innerPair(keys, value, { isFlow: true, isJson: text[start] === '"' })} }`;
  if (isWritten(pair)) return splice(text, ...rangeOf(pair.value), said);
  return behindColon(text, keyEnd, said, path);
}

/** A null that is written as `null` or `~`. */
function isWritten({ value }: Pair): boolean {
  return isScalar(value) && isNothing(value) && (value.source ?? '') !== '';
}

function behindColon(text: string, keyEnd: number, said: string, path: readonly string[]): string {
  const colon = /^[ \t]*:/.exec(text.slice(keyEnd, keyEnd + 200))?.[0];
  if (colon === undefined) throw settingError(path, 'its key is written in an unusual way');
  const at = keyEnd + colon.length;
  return splice(text, at, at, ` ${said}`);
}

function replace(
  text: string,
  { map, pair }: { readonly map: YAMLMap; readonly pair: Pair },
  value: Plain,
  path: readonly string[],
): string {
  const node = pair.value;
  const [keyStart, keyEnd] = rangeOf(pair.key);
  const isFlow = map.flow === true;
  const said = valueText(value, { isFlow, isJson: isFlow && text[keyStart] === '"' });
  if (!isNode(node) || (isNothing(node) && !isWritten(pair))) {
    return behindColon(text, keyEnd, said, path);
  }
  if (isSeq(node) && node.flow !== true && isList(value)) {
    return replaceItems(text, pair as Pair<unknown, YAMLSeq>, value, path);
  }
  const [start, end] = rangeOf(node);
  const isBlock = (isMap(node) || isSeq(node)) && node.flow !== true;
  const lines = isBlock ? linesOf(text, pair) : null;
  if (hasComment(node, start, lines?.end ?? end)) {
    throw settingError(path, 'its value has comments in it, which would be lost');
  }
  if (!isBlock) {
    // A block scalar ends with its line.
    const ending = /\r?\n$/.exec(text.slice(start, end))?.[0] ?? '';
    return splice(text, start, end, said + ending);
  }
  if (lines === null) throw settingError(path, 'it shares its lines');
  const first = lineStart(text, start);
  if (first <= keyEnd) throw settingError(path, 'its value begins on the line of its key');
  const kept = splice(text, first, lines.end, '');
  return behindColon(kept, keyEnd, said, path);
}

/** Takes the innermost pair out, or the outermost map that has nothing else in it. */
function remove(text: string, steps: readonly Step[], path: readonly string[]): string {
  let depth = steps.length - 1;
  while (depth > 0 && isOnly(text, steps[depth], steps[depth - 1])) depth -= 1;
  const { map, pair } = steps[depth] ?? {};
  if (map === undefined || pair == null) return text;
  const isLast = depth === 0 && map.items.length === 1;
  if (map.flow === true) {
    const [start, end] = rangeOf(map);
    const items = map.items.map((each) => placeOf(each));
    return removeItem(text, { start, end, items }, map.items.indexOf(pair));
  }
  const lines = linesOf(text, pair);
  if (lines === null) throw settingError(path, 'it shares its lines with something else');
  // A file without any setting is an empty map.
  const left = isLast ? `{}${lineBreakOf(text)}` : '';
  return splice(text, lines.start, lines.end, left);
}

/** Whether a map has nothing but this pair, and no comment either. */
function isOnly(text: string, inner: Step | undefined, outer: Step | undefined): boolean {
  if (inner?.pair == null || outer?.pair == null || inner.map.items.length !== 1) return false;
  if (inner.map.flow === true) {
    const [start, end] = rangeOf(inner.map);
    const { start: from, end: to } = placeOf(inner.pair);
    return !`${text.slice(start, from)}${text.slice(to, end)}`.includes('#');
  }
  const lines = linesOf(text, inner.pair);
  const [, keyEnd] = rangeOf(outer.pair.key);
  return lines !== null && text.slice(nextLine(text, keyEnd), lines.start).trim() === '';
}
