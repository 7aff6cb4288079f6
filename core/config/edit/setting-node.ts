/**
 * Finds the value of a key in the syntax tree of a configuration, by its path, and the places that
 * it takes up in the text. Pure; nothing here changes a text.
 */
import type { Document, Node, Pair, YAMLMap } from 'yaml';
import { isAlias, isMap, isNode, isPair, isScalar, isSeq, parseDocument, visit } from 'yaml';
import { SluiceError } from '../../api/errors.ts';
import { printable } from '../../../rules/text.ts';
import { lineStart, nextLine } from './rule-list.ts';

/** A map on the way to a value, and the pair of it that leads on; null where it has none. */
export interface Step {
  readonly map: YAMLMap;
  readonly pair: Pair | null;
}

/** Throws `ERR_EDIT_SYNTAX` where the text is no YAML. */
export function readDocument(text: string): Document {
  const document = parseDocument(text, {
    keepSourceTokens: true,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'error',
  });
  const [error] = document.errors;
  if (error === undefined) return document;
  throw new SluiceError(
    'ERR_EDIT_SYNTAX',
    `The file is no valid YAML, so its settings cannot be changed: ${printable(error.message, 200)}`,
  );
}

/** Why a setting must be changed by hand. */
export function settingError(path: readonly string[], why: string): SluiceError {
  return new SluiceError(
    'ERR_EDIT_LAYOUT',
    `${shownPath(path)} cannot be changed by a program: ${why}. Edit it in the file`,
  );
}

function shownPath(path: readonly string[]): string {
  return printable(path.join('.'), 100);
}

/**
 * The maps that lead to `path`, outermost first, as far as there are any: the last step has no pair
 * where its key is missing, or its value leads no further. Empty for a file without settings.
 */
export function stepsTo(document: Document, path: readonly string[]): Step[] {
  const steps: Step[] = [];
  let node: unknown = document.contents;
  for (const [depth, key] of path.entries()) {
    if (isNothing(node)) return steps;
    const here = path.slice(0, depth);
    if (isAlias(node)) {
      throw settingError(path, `${shownPath(here)} is an alias (*${node.source})`);
    }
    if (!isMap(node)) {
      const what = depth === 0 ? 'the file' : shownPath(here);
      throw settingError(path, `${what} is no map of settings`);
    }
    const [pair = null, second] = node.items.filter((each) => keyOf(each) === key);
    if (second !== undefined) throw settingError(path, 'the key stands there twice');
    steps.push({ map: node, pair });
    if (pair === null) return steps;
    node = pair.value;
  }
  return steps;
}

/** The node of a value that is written out; null where there is none. */
export function valueAt(document: Document, path: readonly string[]): Node | null {
  const steps = stepsTo(document, path);
  const pair = steps.length === path.length ? steps.at(-1)?.pair : null;
  const value = pair?.value;
  return isNode(value) && !isNothing(value) ? value : null;
}

/** The text of a pair's key; null where that is no scalar. */
export function keyOf(pair: unknown): string | null {
  if (!isPair(pair) || !isScalar(pair.key)) return null;
  return pair.key.source ?? String(pair.key.value);
}

/** No value at all, or a null that may be written out. */
export function isNothing(node: unknown): boolean {
  return node == null || (isScalar(node) && node.value === null);
}

export function isMerge(pair: unknown): boolean {
  return isPair(pair) && isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === 'PLAIN';
}

/** Whether a merge key of the map may bring `key`. */
export function mayMerge(document: Document, map: YAMLMap, key: string): boolean {
  const has = (node: unknown): boolean => {
    const value = isAlias(node) ? node.resolve(document) : node;
    if (isSeq(value)) return value.items.some(has);
    if (!isMap(value)) return false;
    return value.items.some((pair) => keyOf(pair) === key || (isMerge(pair) && has(pair.value)));
  };
  return map.items.some((pair) => isMerge(pair) && has(pair.value));
}

/** Where a pair begins and ends, without what stands around it on its lines. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

export function placeOf(pair: Pair): Place {
  const [start, keyEnd] = rangeOf(pair.key);
  return { start, end: Math.max(keyEnd, isNode(pair.value) ? contentEnd(pair.value) : 0) };
}

/** The lines of a pair in a map with a line for each; null where it shares them. */
export function linesOf(text: string, pair: Pair): Place | null {
  const { start, end } = placeOf(pair);
  const from = lineStart(text, start);
  if (text.slice(from, start).trim() !== '') return null;
  return { start: from, end: text[end - 1] === '\n' ? end : nextLine(text, end) };
}

export function rangeOf(node: unknown): readonly [start: number, valueEnd: number] {
  if (!isNode(node) || node.range == null) throw new TypeError('a node without a place');
  return [node.range[0], node.range[1]];
}

/** The end of the last thing in it: the range of a block goes on over the comments below. */
function contentEnd(node: Node): number {
  const [start, end] = rangeOf(node);
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    return last === undefined ? end : placeOf(last).end;
  }
  if (isSeq(node) && node.flow !== true) {
    const last = node.items.at(-1);
    if (isPair(last)) return placeOf(last).end;
    return isNode(last) && last.range != null ? Math.max(contentEnd(last), start) : end;
  }
  return end;
}

/** Whether a comment stands between two places of a value. */
export function hasComment(node: Node, start: number, end: number): boolean {
  const found = (token: unknown): boolean => {
    if (typeof token !== 'object' || token === null) return false;
    if (Array.isArray(token)) return token.some(found);
    const { type, offset } = token as { readonly type?: unknown; readonly offset?: unknown };
    if (type === 'comment') return typeof offset === 'number' && offset >= start && offset < end;
    return Object.values(token).some(found);
  };
  return found(node.srcToken);
}

/** Throws where something else in the file refers to what the change would alter. */
export function assertNotShared(
  document: Document,
  steps: readonly Step[],
  path: readonly string[],
): void {
  const changed = steps.at(-1)?.pair?.value;
  const anchors = new Set<string>();
  const inside = new Set<unknown>();
  for (const { map } of steps) if (map.anchor !== undefined) anchors.add(map.anchor);
  if (isNode(changed)) {
    visit(changed, {
      Node(_, node) {
        inside.add(node);
        if ('anchor' in node && typeof node.anchor === 'string') anchors.add(node.anchor);
      },
    });
  }
  if (anchors.size === 0) return;
  visit(document, {
    Alias(_, alias) {
      if (!anchors.has(alias.source) || inside.has(alias)) return;
      throw settingError(
        path,
        `the alias "*${alias.source}" shares it with another part of the file, which would change too`,
      );
    },
  });
}
