/** Sections of a configuration file: finding them, and putting new ones where people look for them. Pure. */
import type { Node, YAMLMap } from 'yaml';
import { isMap } from 'yaml';
import { appendItems } from './edit-list.ts';
import { setKey } from './edit-map.ts';
import { columnOf, endOfDocument } from './text-lines.ts';
import { pairLines } from './write-yaml.ts';
import type { Writable } from './write-yaml.ts';
import { cannotEdit, keyText, linesAt, rangeOf, resolved, spliced, startOf } from './yaml-file.ts';
import type { Splice, YamlFile } from './yaml-file.ts';

/** Most files have them in this order. */
const ORDER = [
  'proxies',
  'proxy-providers',
  'proxy-groups',
  'rule-providers',
  'sub-rules',
  'rules',
];

/** Puts items last into a list at the top of the file. */
export function appendToSection(file: YamlFile, key: string, items: readonly Writable[]): YamlFile {
  if (items.length === 0) return file;
  const { root } = file;
  if (root !== null && hasKey(root, key)) return spliced(file, appendItems(file, root, key, items));
  return spliced(file, [newSection(file, key, items)]);
}

/** Puts a named map into a map at the top of the file, such as `proxy-providers`. */
export function addToSection(
  file: YamlFile,
  key: string,
  name: string,
  value: ReadonlyMap<string, Writable>,
): YamlFile {
  const { root } = file;
  const pair = root?.items.find((one) => keyText(one) === key);
  if (root === null || pair === undefined) {
    return spliced(file, [newSection(file, key, new Map([[name, value]]))]);
  }
  const section = resolved(file, pair.value);
  if (isMap(section) && section.items.length > 0) {
    return spliced(file, setKey(file, section, name, value));
  }
  return spliced(file, setKey(file, root, key, new Map([[name, value]])));
}

function hasKey(root: YAMLMap, key: string): boolean {
  return root.items.some((pair) => keyText(pair) === key);
}

/** Above the section that usually follows, with the comments above that one; else last. */
function newSection(file: YamlFile, key: string, value: Writable): Splice {
  const { text, root } = file;
  if (root === null) return linesAt(file, endOfDocument(text), pairLines(key, value, 0));
  if (hasKey(root, '<<')) throw cannotEdit(`"${key}" may come from a merge key (<<)`);
  if (root.flow === true) throw cannotEdit(`it is written in braces and has no "${key}"`);
  const column = columnOf(text, rangeOf(root)[0]);
  const lines = pairLines(key, value, column).map((line, index) =>
    index === 0 ? ' '.repeat(column) + line : line,
  );
  const later = ORDER.slice(ORDER.indexOf(key) + 1);
  const next = root.items.find((pair) => later.includes(keyText(pair) ?? ''));
  if (next === undefined) return linesAt(file, endOfDocument(text), lines);
  const at = startOf(text, next.key as Node);
  return linesAt(file, aboveComments(text, at - columnOf(text, at)), [...lines, '']);
}

/** Where the comments begin that stand directly above a line. */
function aboveComments(text: string, line: number): number {
  let at = line;
  while (at > 0) {
    const before = text.lastIndexOf('\n', at - 2) + 1;
    if (!/^[ \t]*#/.test(text.slice(before, at))) return at;
    at = before;
  }
  // Comments at the top are about the whole file.
  return line;
}
