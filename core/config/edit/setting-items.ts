/** Changes of a list that has a line for each item: items that stay keep their lines. Pure. */
import type { Pair, YAMLSeq } from 'yaml';
import { isScalar } from 'yaml';
import type { SettingScalar } from '../../api/settings.ts';
import { lineStart, nextLine } from './text-lines.ts';
import { settingError } from './setting-node.ts';
import { onOneLine } from './write-yaml.ts';
import { colonEnd, dashesOf, rangeOf } from './yaml-file.ts';
import type { Place, Splice, YamlFile } from './yaml-file.ts';

interface Item extends Place {
  readonly text: string;
}

/** Comments between items stay; one behind an item goes with it. */
export function replaceItems(
  { text, lineBreak }: YamlFile,
  pair: Pair<unknown, YAMLSeq>,
  wanted: readonly SettingScalar[],
  path: readonly string[],
): Splice[] {
  const items = itemsOf(text, pair, path);
  const first = items[0];
  if (first === undefined) throw settingError(path, 'its list cannot be found again');
  const model = /^([ \t]*-[ \t]+)/.exec(text.slice(first.start))?.[0] ?? '- ';
  let out = '';
  let at = first.start;
  const keep = new Set(commonItems(items, wanted.map(String)));
  let next = 0;
  const add = (value: SettingScalar): void => {
    const line = `${model}${onOneLine(value, false)}`;
    out += out === '' || out.endsWith('\n') ? line + lineBreak : lineBreak + line;
  };
  for (const item of items) {
    if (!keep.has(item)) {
      out += text.slice(at, item.start);
      at = item.end;
      continue;
    }
    while (next < wanted.length && String(wanted[next]) !== item.text) add(wanted[next++] ?? '');
    next += 1;
    out += text.slice(at, item.end);
    at = item.end;
  }
  for (const value of wanted.slice(next)) add(value);
  const changed = { start: first.start, end: at, by: out };
  if (wanted.length > 0) return [changed];
  // A key without a value would have its default.
  const colon = colonEnd(text, pair.key);
  return [{ start: colon, end: colon, by: ' []' }, changed];
}

function itemsOf(text: string, { value }: Pair<unknown, YAMLSeq>, path: readonly string[]): Item[] {
  const dashes = value === null ? [] : dashesOf(value);
  return (value?.items ?? []).map((item, index): Item => {
    const dash = dashes[index] ?? -1;
    const start = lineStart(text, Math.max(dash, 0));
    const isSimple =
      isScalar(item) &&
      item.anchor === undefined &&
      item.tag === undefined &&
      item.type !== 'BLOCK_FOLDED' &&
      item.type !== 'BLOCK_LITERAL';
    if (dash < 0 || !isSimple || text.slice(start, dash).trim() !== '') {
      throw settingError(path, 'its items are not all text on a line of its own');
    }
    return { text: item.source ?? '', start, end: nextLine(text, rangeOf(item)[1]) };
  });
}

/** The items that stay: a longest common subsequence, each as early as it can be. */
function commonItems(items: readonly Item[], wanted: readonly string[]): Item[] {
  const width = wanted.length + 1;
  const best = new Uint32Array((items.length + 1) * width);
  const cell = (i: number, j: number): number => best[i * width + j] ?? 0;
  for (let i = items.length - 1; i >= 0; i -= 1) {
    for (let j = wanted.length - 1; j >= 0; j -= 1) {
      const isSame = items[i]?.text === wanted[j];
      best[i * width + j] = isSame
        ? cell(i + 1, j + 1) + 1
        : Math.max(cell(i + 1, j), cell(i, j + 1));
    }
  }
  const kept: Item[] = [];
  let [i, j] = [0, 0];
  while (i < items.length && j < wanted.length) {
    const item = items[i];
    if (item !== undefined && item.text === wanted[j]) {
      kept.push(item);
      i += 1;
      j += 1;
    } else if (cell(i + 1, j) >= cell(i, j + 1)) i += 1;
    else j += 1;
  }
  return kept;
}
