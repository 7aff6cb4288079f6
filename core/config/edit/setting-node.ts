/**
 * Finds the value of a key in the syntax tree of a configuration, by its path, and the places that
 * it takes up in the text. Pure; nothing here changes a text.
 */
import type { Node, Pair, YAMLMap } from 'yaml';
import { isAlias, isMap, isNode, isPair, isScalar, isSeq, visit } from 'yaml';
import { SluiceError } from '../../api/errors.ts';
import { printable } from '../../../rules/text.ts';
import { lineBehind, lineStart } from './text-lines.ts';
import { isNothing, keyText, placeOf, resolved } from './yaml-file.ts';
import type { Place, YamlFile } from './yaml-file.ts';

/** A map on the way to a value, and the pair of it that leads on; null where it has none. */
export interface Step {
  readonly map: YAMLMap;
  readonly pair: Pair | null;
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
export function stepsTo({ document }: YamlFile, path: readonly string[]): Step[] {
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
    const [pair = null, second] = node.items.filter((each) => keyText(each) === key);
    if (second !== undefined) throw settingError(path, 'the key stands there twice');
    steps.push({ map: node, pair });
    if (pair === null) return steps;
    node = pair.value;
  }
  return steps;
}

/** The node of a value that is written out; null where there is none. */
export function valueAt(file: YamlFile, path: readonly string[]): Node | null {
  const steps = stepsTo(file, path);
  const pair = steps.length === path.length ? steps.at(-1)?.pair : null;
  const value = pair?.value;
  return isNode(value) && !isNothing(value) ? value : null;
}

export function isMerge(pair: unknown): boolean {
  return isPair(pair) && isScalar(pair.key) && pair.key.value === '<<' && pair.key.type === 'PLAIN';
}

/** Whether a merge key of the map may bring `key`. */
export function mayMerge(file: YamlFile, map: YAMLMap, key: string): boolean {
  const has = (node: unknown): boolean => {
    const value = resolved(file, node);
    if (isSeq(value)) return value.items.some(has);
    if (!isMap(value)) return false;
    return value.items.some((pair) => keyText(pair) === key || (isMerge(pair) && has(pair.value)));
  };
  return map.items.some((pair) => isMerge(pair) && has(pair.value));
}

/** The lines of a pair in a map with a line for each; null where it shares them. */
export function linesOf(text: string, pair: Pair): Place | null {
  const { start, end } = placeOf(text, pair);
  const from = lineStart(text, start);
  if (text.slice(from, start).trim() !== '') return null;
  return { start: from, end: lineBehind(text, end) };
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
  { document }: YamlFile,
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
