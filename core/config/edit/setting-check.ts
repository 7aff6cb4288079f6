/** Whether a change of one value changed that value and nothing else. Pure. */
import { isDeepStrictEqual } from 'node:util';
import { isAlias, isMap, isPair, isScalar, isSeq } from 'yaml';
import type { SettingValue } from '../../api/settings.ts';
import { settingError, valueAt } from './setting-node.ts';
import { isNothing, keyText } from './yaml-file.ts';
import type { YamlFile } from './yaml-file.ts';

/** Throws `ERR_EDIT_LAYOUT`. */
export function assertOnlyChanged(
  before: YamlFile,
  after: YamlFile,
  path: readonly string[],
  value: SettingValue | null,
): void {
  if (!says(valueAt(after, path), value)) {
    throw settingError(path, 'the change would not read back as it was meant');
  }
  const [now, old] = [after.document, before.document];
  const isSame =
    now.warnings.length <= old.warnings.length &&
    isDeepStrictEqual(without(now.contents, path), without(old.contents, path)) &&
    isDeepStrictEqual(disabledRules(after.text), disabledRules(before.text));
  if (!isSame) throw settingError(path, 'the change would alter something else');
}

export function says(node: unknown, value: SettingValue | null): boolean {
  if (isNothing(node) || value === null) return isNothing(node) && value === null;
  if (Array.isArray(value)) {
    return (
      isSeq(node) &&
      isDeepStrictEqual(
        node.items.map((item) => (isScalar(item) ? item.source : null)),
        value.map(String),
      )
    );
  }
  if (typeof value !== 'object') return isScalar(node) && node.source === String(value);
  const entries = Object.entries(value);
  if (!isMap(node)) return false;
  return (
    node.items.length === entries.length &&
    entries.every(([key, inner]) => {
      const pair = node.items.find((each) => keyText(each) === key);
      return pair !== undefined && says(pair.value, inner);
    })
  );
}

/** All that is said but at the path. Maps on the way there that are empty otherwise may be missing. */
function without(node: unknown, path: readonly string[]): unknown {
  const [key, ...rest] = path;
  if (key === undefined || isNothing(node)) return null;
  if (!isMap(node)) return picture(node);
  const items = node.items.flatMap((pair) => {
    if (keyText(pair) !== key) return [picture(pair)];
    const left = without(pair.value, rest);
    return left === null ? [] : [[picture(pair.key), left]];
  });
  return items.length === 0 ? null : [properties(node), items];
}

function picture(node: unknown): unknown {
  if (node == null) return null;
  if (isPair(node)) return [picture(node.key), picture(node.value)];
  if (isAlias(node)) return `*${node.source}`;
  if (isMap(node) || isSeq(node)) return [properties(node), node.items.map(picture)];
  return isScalar(node) ? [properties(node), node.source, node.type] : null;
}

function properties(node: object): string {
  const { anchor = '', tag = '' } = node as { readonly anchor?: string; readonly tag?: string };
  return `${node.constructor.name} &${anchor} !${tag}`;
}

/** Rules that are comments (rule-list.ts) must stay in their list. */
function disabledRules(text: string): readonly string[] {
  const found = text.matchAll(/^[ \t]*(?:# sluice:disabled -|rules:).*$/gm);
  return Array.from(found, ([line]) => line);
}
