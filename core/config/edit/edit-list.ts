/** Puts items into a list of a YAML file and takes them out, as the list is written. Pure. */
import type { YAMLMap, YAMLSeq } from 'yaml';
import { isAlias, isMap, isNode, isScalar, isSeq } from 'yaml';
import { columnOf, lineBehind, nextLine } from './text-lines.ts';
import { asJson, onLines, onOneLine } from './write-yaml.ts';
import type { Writable } from './write-yaml.ts';
import {
  cannotEdit,
  contentEnd,
  dashesOf,
  insideOf,
  isEmpty,
  isJson,
  isNothing,
  keyText,
  linesAt,
  rangeOf,
  resolved,
  startOf,
} from './yaml-file.ts';
import type { Splice, YamlFile } from './yaml-file.ts';
import { removeBetween } from './between-commas.ts';
import { setKey } from './edit-map.ts';

/** Last, in the list that `key` has in `map`; it is made where it is not there. */
export function appendItems(
  file: YamlFile,
  map: YAMLMap,
  key: string,
  items: readonly Writable[],
): readonly Splice[] {
  const pair = map.items.find((one) => keyText(one) === key);
  const list = pair === undefined ? null : resolved(file, pair.value);
  if (pair === undefined || (isNothing(list) && !isPlainNothing(map, pair.value))) {
    return setKey(file, map, key, items);
  }
  if (isSeq(list)) {
    if (list.flow !== true) return appendLines(file, list, items);
    const isOwn = !isAlias(pair.value) && map.flow !== true && list.anchor === undefined;
    if (list.items.length === 0 && isOwn) return fillBrackets(file, map, list, items);
    return [appendInBrackets(file, list, items)];
  }
  if (isScalar(list) && !isNothing(list)) {
    // One scalar is a list of one.
    const [start, end] = [startOf(file.text, list), rangeOf(list)[1]];
    const source = file.text.slice(start, end);
    if (/[\r\n]/.test(source) || isAlias(pair.value)) throw cannotEdit(`"${key}" is no list`);
    const by = `[${[source, ...items.map((item) => onOneLine(item))].join(', ')}]`;
    return [{ start, end, by }];
  }
  if (list !== null && !isNothing(list)) throw cannotEdit(`"${key}" is no list`);
  const column = columnOf(file.text, rangeOf(pair.key)[0]);
  const at = nextLine(file.text, rangeOf(pair.key)[1]);
  return [linesAt(file, at, itemLines(items, column + 2))];
}

/** Without the item at `index`. Comments above it stay. */
export function removeItem({ text }: YamlFile, list: YAMLSeq, index: number): Splice {
  const item = list.items[index];
  if (list.flow !== true) {
    const dash = dashesOf(list)[index];
    if (dash === undefined) throw cannotEdit('an item of a list cannot be found again');
    const start = dash - columnOf(text, dash);
    if (text.slice(start, dash).trim() !== '') {
      throw cannotEdit('an item of a list does not begin a line');
    }
    const isThere = isNode(item) && !isEmpty(item);
    const end = isThere ? contentEnd(text, item) : dash + 1;
    return { start, end: lineBehind(text, end), by: '' };
  }
  const items = list.items.map((one) => {
    if (!isNode(one)) throw cannotEdit('an item of a list is no value');
    return { start: startOf(text, one), end: rangeOf(one)[1] };
  });
  return removeBetween(text, items, index, insideOf(list));
}

function appendLines(file: YamlFile, list: YAMLSeq, items: readonly Writable[]): Splice[] {
  const { text } = file;
  const dash = dashesOf(list).at(-1);
  if (dash === undefined) throw cannotEdit('the items of a list cannot be found again');
  const space = /^-([ \t]*)/.exec(text.slice(dash, dash + 64))?.[1] ?? '';
  const isInFlow = list.items.findLast((item) => isMap(item))?.flow === true;
  const at = lineBehind(text, contentEnd(text, list));
  const lines = itemLines(items, columnOf(text, dash), space === '' ? ' ' : space, isInFlow);
  return [linesAt(file, at, lines)];
}

function itemLines(
  items: readonly Writable[],
  column: number,
  space = ' ',
  isInFlow = false,
): string[] {
  const indent = ' '.repeat(column);
  return items.flatMap((item) => {
    const [first = '', ...rest] = isInFlow
      ? [onOneLine(item, typeof item === 'object')]
      : onLines(item, column + 1 + space.length);
    return [`${indent}-${space}${first}`, ...rest];
  });
}

function appendInBrackets({ text }: YamlFile, list: YAMLSeq, items: readonly Writable[]): Splice {
  const isQuoted = isJson(list);
  const written = items.map((item) => (isQuoted ? asJson(item) : onOneLine(item)));
  const last = list.items.at(-1);
  if (!isNode(last)) {
    const start = rangeOf(list)[0] + 1;
    return { start, end: start, by: written.join(', ') };
  }
  const beforeLast = list.items.at(-2);
  const gap = isNode(beforeLast) ? text.slice(rangeOf(beforeLast)[1], startOf(text, last)) : ', ';
  const separator = gap.includes('#') ? ', ' : gap;
  const at = rangeOf(last)[1];
  return { start: at, end: at, by: written.map((item) => separator + item).join('') };
}

/** `key: []` becomes a list with a line for each item. */
function fillBrackets(
  file: YamlFile,
  map: YAMLMap,
  list: YAMLSeq,
  items: readonly Writable[],
): Splice[] {
  const { text } = file;
  const [start, end] = rangeOf(list);
  const before = /[ \t]*$/.exec(text.slice(0, start))?.[0].length ?? 0;
  const inner = text.slice(start + 1, end - 1);
  const rest = text.slice(end, nextLine(text, end));
  if (
    inner.trim() !== '' ||
    text[start - before - 1] !== ':' ||
    !/^[ \t]*(#.*)?\r?\n?$/.test(rest)
  ) {
    return [appendInBrackets(file, list, items)];
  }
  const column = columnOf(text, rangeOf(map.items[0]?.key)[0]);
  return [
    { start: start - before, end, by: '' },
    linesAt(file, nextLine(text, end), itemLines(items, column + 2)),
  ];
}

/** `key:` with nothing behind it but a comment. */
function isPlainNothing(map: YAMLMap, value: unknown): boolean {
  return map.flow !== true && isNode(value) && isEmpty(value);
}
