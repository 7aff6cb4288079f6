/**
 * Sets one value of a configuration by its path, or takes it out: comments, order and layout stay
 * as they are everywhere else, byte for byte. The text is spliced and read again: unless the value
 * is what was wanted, and everything else what it was, the change is refused. Pure.
 */
import type { Pair, YAMLMap, YAMLSeq } from 'yaml';
import { isMap, isNode, isScalar, isSeq } from 'yaml';
import { SluiceError } from '../../api/errors.ts';
import type { SettingScalar, SettingValue } from '../../api/settings.ts';
import { quote } from '../../../rules/text.ts';
import { removeKey, setKey } from './edit-map.ts';
import { columnOf, endOfDocument, lineEnd, lineStart, nextLine } from './text-lines.ts';
import { assertOnlyChanged, says } from './setting-check.ts';
import { replaceItems } from './setting-items.ts';
import type { Step } from './setting-node.ts';
import {
  assertNotShared,
  hasComment,
  isMerge,
  linesOf,
  mayMerge,
  settingError,
  stepsTo,
  valueAt,
} from './setting-node.ts';
import { LONGEST_LINE, isOneLine, keyScalar } from './scalar-text.ts';
import { isList, onOneLine } from './write-yaml.ts';
import type { Writable } from './write-yaml.ts';
import {
  colonEnd,
  insideOf,
  isNothing,
  keyText,
  linesAt,
  placeOf,
  rangeOf,
  spliced,
} from './yaml-file.ts';
import type { Splice, YamlFile } from './yaml-file.ts';

type Plain = SettingScalar | readonly SettingScalar[];

/** A list that is new has a line for each item where it would be wider. */
const WIDEST_LIST = 80;

/**
 * Null takes the key out, so that its default counts; maps that are empty then go with it. Of a map
 * the names that it has are set, and others go. Throws `SluiceError` (`ERR_EDIT_...`).
 */
export function setValue(
  file: YamlFile,
  path: readonly string[],
  wanted: SettingValue | null,
): YamlFile {
  const value = isEmptyMap(wanted) ? null : wanted;
  assertOneLine(value);
  const isMapThere = valueAt(file, path) !== null && !isPlain(value);
  const next = isMapThere ? setMap(file, path, value) : setOne(file, path, value);
  if (next !== file || value !== null) assertOnlyChanged(file, next, path, value);
  return next;
}

/** Throws `ERR_EDIT_VALUE` where some text of it cannot be one line of a file. */
function assertOneLine(value: SettingValue | null): void {
  if (typeof value === 'object' && value !== null) {
    if (!Array.isArray(value)) Object.keys(value).forEach(assertOneLine);
    Object.values(value).forEach(assertOneLine);
  } else if (typeof value === 'string' && !isOneLine(value)) {
    throw new SluiceError(
      'ERR_EDIT_VALUE',
      `${quote(value.slice(0, 60))} is no value: write one line of at most ${LONGEST_LINE} characters`,
    );
  }
}

function isPlain(value: SettingValue | null): value is Plain | null {
  return typeof value !== 'object' || value === null || Array.isArray(value);
}

function isEmptyMap(value: SettingValue | null): boolean {
  return !isPlain(value) && Object.keys(value).length === 0;
}

function toWritable(value: SettingValue): Writable {
  return isPlain(value) ? value : new Map(Object.entries(value));
}

function isMapOf(value: Writable): value is ReadonlyMap<string, Writable> {
  return value instanceof Map;
}

/** Only what differs is touched: each change reads the file again. */
function setMap(
  file: YamlFile,
  path: readonly string[],
  wanted: Readonly<Record<string, Plain>>,
): YamlFile {
  const node = valueAt(file, path);
  if (!isMap(node)) throw settingError(path, 'it is no map in the file');
  if (node.items.some(isMerge)) throw settingError(path, 'it has a merge key (<<)');
  const there = new Map(node.items.map((pair) => [keyText(pair), pair.value]));
  const gone = [...there.keys()].filter((name) => name !== null && !Object.hasOwn(wanted, name));
  const set = Object.entries(wanted).filter(([name, value]) => !says(there.get(name), value));
  const changed = set.reduce((all, [name, value]) => setOne(all, [...path, name], value), file);
  return gone.reduce((all, name) => setOne(all, [...path, name ?? ''], null), changed);
}

function setOne(file: YamlFile, path: readonly string[], value: SettingValue | null): YamlFile {
  const splices = value === null ? remove(file, path) : put(file, path, toWritable(value));
  return splices.length === 0 ? file : spliced(file, splices);
}

function put(file: YamlFile, path: readonly string[], value: Writable): Splice[] {
  const steps = stepsTo(file, path);
  const last = steps.at(-1);
  if (last === undefined) return startFile(file, path, value);
  assertNotShared(file, steps, path);
  const { map, pair } = last;
  if (pair !== null) {
    const rest = path.slice(steps.length);
    const isFilled = rest.length > 0 || (isMapOf(value) && isNothing(pair.value));
    if (isFilled) return fill(file, { map, pair }, rest, value);
    return replace(file, { map, pair }, value, path);
  }
  const keys = path.slice(steps.length - 1);
  // A map of our own would hide the one that comes by a merge key.
  if (keys.length > 1 && mayMerge(file, map, keys[0] ?? '')) throw merged(path);
  return insert(file, map, keys, value, path);
}

function merged(path: readonly string[]): Error {
  return settingError(path, 'it comes from a merge key (<<)');
}

/** The first setting of a file that may have comments. */
function startFile(file: YamlFile, path: readonly string[], value: Writable): Splice[] {
  const { contents } = file.document;
  // A null that is written out would stand in front of the map.
  if (isScalar(contents) && (contents.source ?? '') !== '') {
    throw settingError(path, 'the file is no map of settings');
  }
  return [linesAt(file, endOfDocument(file.text), newLines(file.text, path, value, 0))];
}

/** A new pair of a map. */
function insert(
  file: YamlFile,
  map: YAMLMap,
  keys: readonly string[],
  value: Writable,
  path: readonly string[],
): Splice[] {
  const { text } = file;
  const [key = '', ...rest] = keys;
  if (map.flow === true) {
    const isFile = map === file.root && isEmptyFile(text, map);
    return isFile ? fillFile(file, map, keys, value) : setKey(file, map, key, inside(rest, value));
  }
  const [first] = map.items;
  if (first === undefined || linesOf(text, first) === null) {
    throw settingError(path, 'the map that it belongs to shares its lines');
  }
  const indent = columnOf(text, rangeOf(first.key)[0]);
  const at = placeIn(text, map.items, indent, rest.length === 0 && !isMapOf(value));
  return [linesAt(file, at, newLines(text, keys, value, indent))];
}

/** An empty map is how a file without settings is written: from here on it has lines. */
function isEmptyFile(text: string, map: YAMLMap): boolean {
  const [start, end] = rangeOf(map);
  const isAlone = text.slice(lineStart(text, start), start).trim() === '';
  return isAlone && text.slice(start, end).replaceAll(/[{}\s]/g, '') === '';
}

function fillFile(
  { text, lineBreak }: YamlFile,
  map: YAMLMap,
  keys: readonly string[],
  value: Writable,
): Splice[] {
  const [start, end] = rangeOf(map);
  const ending = end === lineEnd(text, end) ? '' : lineBreak;
  const by = newLines(text, keys, value, 0).join(lineBreak) + ending;
  return [{ start: lineStart(text, start), end, by }];
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
  const comment = new RegExp(`^ {${indent},}#`);
  while (at < text.length && comment.test(text.slice(at, lineEnd(text, at)))) {
    at = nextLine(text, at);
  }
  return at;
}

/** Of a map that has `keys` in each other around the value; without keys the value is one itself. */
function newLines(
  text: string,
  [key, ...rest]: readonly string[],
  value: Writable,
  indent: number,
): string[] {
  if (key === undefined) {
    const pairs = isMapOf(value) ? [...value] : [];
    return pairs.flatMap(([name, inner]) => newLines(text, [name], inner, indent));
  }
  const head = `${' '.repeat(indent)}${keyScalar(key)}:`;
  const deeper = indent + indentStep(text);
  if (rest.length > 0 || isMapOf(value)) return [head, ...newLines(text, rest, value, deeper)];
  const shown = onOneLine(value, typeof value === 'object');
  if (!isList(value) || shown.length <= WIDEST_LIST) return [`${head} ${shown}`];
  return [head, ...value.map((item) => `${' '.repeat(deeper)}- ${onOneLine(item, false)}`)];
}

/** How far in the file's first map in a map is. */
function indentStep(text: string): number {
  const found = /^[^\s#-][^#\n]*:[ \t]*(?:#.*)?\r?\n( {1,8})[^\s#-]/m.exec(text)?.[1];
  return found === undefined ? 2 : found.length;
}

/** Maps of one key each around a value. */
function inside(keys: readonly string[], value: Writable): Writable {
  return keys.reduceRight<Writable>((inner, key) => new Map([[key, inner]]), value);
}

/** A key that has no value yet gets a map with the value in it. */
function fill(
  file: YamlFile,
  { map, pair }: { readonly map: YAMLMap; readonly pair: Pair },
  keys: readonly string[],
  value: Writable,
): Splice[] {
  const { text } = file;
  const lines = map.flow === true || isWritten(pair) ? null : linesOf(text, pair);
  if (lines === null) return setKey(file, map, keyText(pair) ?? '', inside(keys, value));
  const indent = columnOf(text, rangeOf(pair.key)[0]) + indentStep(text);
  return [linesAt(file, lines.end, newLines(text, keys, value, indent))];
}

/** A null that is written as `null` or `~`. */
function isWritten({ value }: Pair): boolean {
  return isScalar(value) && isNothing(value) && (value.source ?? '') !== '';
}

function replace(
  file: YamlFile,
  { map, pair }: { readonly map: YAMLMap; readonly pair: Pair },
  value: Writable,
  path: readonly string[],
): Splice[] {
  const { text } = file;
  const node = pair.value;
  if (isSeq(node) && node.flow !== true && Array.isArray(value)) {
    return replaceItems(file, pair as Pair<unknown, YAMLSeq>, value as SettingScalar[], path);
  }
  const isBlock = (isMap(node) || isSeq(node)) && node.flow !== true;
  const lines = isBlock ? linesOf(text, pair) : null;
  if (isNode(node) && hasComment(node, rangeOf(node)[0], lines?.end ?? rangeOf(node)[1])) {
    throw settingError(path, 'its value has comments in it, which would be lost');
  }
  if (!isBlock) return setKey(file, map, keyText(pair) ?? '', value);
  if (lines === null) throw settingError(path, 'it shares its lines');
  const start = lineStart(text, rangeOf(node)[0]);
  const at = colonEnd(text, pair.key);
  if (start < at) throw settingError(path, 'its value begins on the line of its key');
  const said = ` ${onOneLine(value, typeof value === 'object')}`;
  return [
    { start: at, end: at, by: said },
    { start, end: lines.end, by: '' },
  ];
}

/** Takes the innermost pair out, or the outermost map that has nothing else in it. */
function remove(file: YamlFile, path: readonly string[]): Splice[] {
  const steps = stepsTo(file, path);
  const last = steps.at(-1);
  if (last === undefined) return [];
  assertNotShared(file, steps, path);
  if (last.pair === null) {
    if (mayMerge(file, last.map, path[steps.length - 1] ?? '')) throw merged(path);
    return [];
  }
  if (steps.length < path.length) return [];
  const { text } = file;
  let depth = steps.length - 1;
  while (depth > 0 && isOnly(text, steps[depth], steps[depth - 1])) depth -= 1;
  const { map, pair } = steps[depth] ?? last;
  const key = pair === null ? null : keyText(pair);
  if (pair === null || key === null) return [];
  if (map.flow === true) return removeKey(file, map, key);
  const lines = linesOf(text, pair);
  if (lines === null) throw settingError(path, 'it shares its lines with something else');
  // A file without any setting is an empty map.
  const isLast = depth === 0 && map.items.length === 1;
  return [{ ...lines, by: isLast ? `{}${file.lineBreak}` : '' }];
}

/** Whether a map has nothing but this pair, and no comment either. */
function isOnly(text: string, inner: Step | undefined, outer: Step | undefined): boolean {
  if (inner?.pair == null || outer?.pair == null || inner.map.items.length !== 1) return false;
  if (inner.map.flow === true) {
    const { start, end } = insideOf(inner.map);
    const { start: from, end: to } = placeOf(text, inner.pair);
    return !`${text.slice(start, from)}${text.slice(to, end)}`.includes('#');
  }
  const lines = linesOf(text, inner.pair);
  const [, keyEnd] = rangeOf(outer.pair.key);
  return lines !== null && text.slice(nextLine(text, keyEnd), lines.start).trim() === '';
}
