/** Sets and removes keys of a map of a YAML file, as the map is written. Pure. */
import type { Node, Pair, YAMLMap } from 'yaml';
import { isAlias, isCollection, isNode } from 'yaml';
import { removeBetween } from './between-commas.ts';
import { columnOf, lineBehind, nextLine } from './text-lines.ts';
import { keyScalar, quotingOf, scalarOf } from './scalar-text.ts';
import { asJson, onOneLine, pairLines } from './write-yaml.ts';
import type { Writable } from './write-yaml.ts';
import {
  cannotEdit,
  colonEnd,
  contentEnd,
  insideOf,
  isEmpty,
  isJson,
  isNothing,
  keyText,
  linesAt,
  pairEnd,
  placeOf,
  rangeOf,
  startOf,
} from './yaml-file.ts';
import type { Splice, YamlFile } from './yaml-file.ts';

/** Its value is replaced; a new key comes last. What a merge key brings is left alone. */
export function setKey(file: YamlFile, map: YAMLMap, key: string, value: Writable): Splice[] {
  const pair = map.items.find((one) => keyText(one) === key);
  if (pair !== undefined) return [replaceValue(file, map, pair, value)];
  const last = map.items.at(-1);
  if (map.flow === true) {
    const written = isJson(map)
      ? asJson(new Map([[key, value]])).slice(1, -1)
      : `${keyScalar(key)}: ${onOneLine(value)}`;
    const [start, end] = rangeOf(map);
    if (last === undefined) return [{ start, end, by: `{ ${written} }` }];
    const at = pairEnd(file.text, last);
    return [{ start: at, end: at, by: separatorOf(file, map) + written }];
  }
  if (last === undefined) throw cannotEdit('a map of it is empty');
  const column = columnOf(file.text, startOf(file.text, firstKey(map)));
  const [first = '', ...rest] = pairLines(key, value, column);
  const at = lineBehind(file.text, pairEnd(file.text, last));
  return [linesAt(file, at, [' '.repeat(column) + first, ...rest])];
}

/** Nothing where the map itself does not have it. */
export function removeKey({ text }: YamlFile, map: YAMLMap, key: string): Splice[] {
  const index = map.items.findIndex((one) => keyText(one) === key);
  const pair = map.items[index];
  if (pair === undefined) return [];
  if (map.flow === true) {
    const places = map.items.map((one) => placeOf(text, one));
    return [removeBetween(text, places, index, insideOf(map))];
  }
  const start = startOf(text, pair.key as Node);
  const end = lineBehind(text, pairEnd(text, pair));
  const line = start - columnOf(text, start);
  if (text.slice(line, start).trim() === '') return [{ start: line, end, by: '' }];
  // Behind the dash of an item: the next key takes its place.
  const next = map.items[index + 1];
  if (next === undefined) throw cannotEdit('nothing would be left of a map');
  const until = startOf(text, next.key as Node);
  if (text.slice(end, until).includes('#')) throw cannotEdit('a comment stands in the way');
  return [{ start, end: until, by: '' }];
}

/** A scalar becomes another, quoted as it was. */
export function replaceScalar({ text }: YamlFile, node: Node, by: string, isFlow: boolean): Splice {
  const [start, end] = rangeOf(node);
  const source = text.slice(start, end);
  if (/^[|>]/.test(source)) throw cannotEdit('it is written as a block of lines');
  return { start, end, by: scalarOf(by, quotingOf(source), isFlow) };
}

function replaceValue(file: YamlFile, map: YAMLMap, pair: Pair, value: Writable): Splice {
  const { text } = file;
  const old = pair.value;
  const isFlow = map.flow === true;
  const onLine = (): string =>
    isJson(map) ? asJson(value) : onOneLine(value, isFlow || typeof value === 'object');
  if (!isNode(old) || isEmpty(old)) {
    const at = pairEnd(text, pair);
    return { start: at, end: at, by: ` ${onLine()}` };
  }
  const start = startOf(text, old);
  const isBlock = isCollection(old) && old.flow !== true;
  if (isBlock && !isAlias(old)) {
    const column = columnOf(text, startOf(text, pair.key as Node));
    const from = colonEnd(text, pair.key);
    const [, ...rest] = pairLines('x', value, column);
    const end = lineBehind(text, contentEnd(text, old));
    if (rest.length === 0) {
      const by = ` ${onOneLine(value)}${file.lineBreak}`;
      return { start: from, end, by };
    }
    const behind = nextLine(text, from);
    return { start: behind, end, by: linesAt(file, behind, rest).by };
  }
  if (typeof value === 'string' && !isAlias(old) && !isNothing(old) && !isCollection(old)) {
    const source = text.slice(rangeOf(old)[0], rangeOf(old)[1]);
    if (/^[|>]/.test(source)) {
      const end = rangeOf(old)[1];
      const by = onLine() + (source.endsWith('\n') ? file.lineBreak : '');
      return { start, end, by };
    }
    const by = scalarOf(value, quotingOf(source), isFlow);
    return { start: rangeOf(old)[0], end: rangeOf(old)[1], by };
  }
  return { start, end: rangeOf(old)[1], by: onLine() };
}

function firstKey(map: YAMLMap): Node {
  const key = map.items[0]?.key;
  if (isNode(key)) return key;
  throw cannotEdit('a map of it has no key');
}

/** What stands between two pairs in braces. */
function separatorOf({ text }: YamlFile, map: YAMLMap): string {
  const [first, second] = map.items;
  if (first === undefined || second === undefined) return ', ';
  const gap = text.slice(pairEnd(text, first), startOf(text, second.key as Node));
  return gap.includes('#') || !gap.includes(',') ? ', ' : gap;
}
