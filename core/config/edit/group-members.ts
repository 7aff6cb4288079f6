/** The members that a group of the file lists by name. Pure. */
import { isMap, isSeq } from 'yaml';
import { SluiceError } from '../../api/errors.ts';
import { quote } from '../../../rules/text.ts';
import { appendItems, removeItem } from './edit-list.ts';
import { indexNamed, mapAt } from './items.ts';
import { listIn } from './plain.ts';
import type { PlainMap } from './plain.ts';
import { referencesOf } from './references.ts';
import { cannotEdit, entriesOf, itemsOf, scalarText, spliced } from './yaml-file.ts';
import type { YamlFile } from './yaml-file.ts';

/** What else a group may have its members from. */
const OTHER_SOURCES = ['use', 'include-all', 'include-all-proxies', 'include-all-providers'];

/** Names of the groups that list it. */
export function listedIn(file: YamlFile, name: string): string[] {
  const { root } = file;
  const groups = root === null ? null : entriesOf(file, root).get('proxy-groups')?.value;
  return itemsOf(file, groups).flatMap((item) => {
    if (!isMap(item)) return [];
    const keys = entriesOf(file, item);
    const members = itemsOf(file, keys.get('proxies')?.value);
    const isMember = members.some((member) => scalarText(member) === name);
    return isMember ? [scalarText(keys.get('name')?.value) ?? ''] : [];
  });
}

/** Puts them last into a group, those that it does not have yet. `wanted` is what the file is to say. */
export function join(
  file: YamlFile,
  wanted: PlainMap,
  group: string,
  names: readonly string[],
  key: 'proxies' | 'use' = 'proxies',
): YamlFile {
  const map = mapAt(file, 'proxy-groups', indexNamed(file, 'proxy-groups', group));
  const entry = entriesOf(file, map).get(key);
  const now = new Set(itemsOf(file, entry?.value).map((member) => scalarText(member)));
  const added = names.filter((name) => !now.has(name));
  if (added.length === 0) return file;
  listIn(plainGroup(wanted, group), key).push(...added);
  if (entry !== undefined && !entry.isOwn) {
    throw cannotEdit(`the members of ${quote(group)} come from a merge key (<<)`);
  }
  return spliced(file, appendItems(file, map, key, added));
}

/** Takes it out of one group. It may be called otherwise in `wanted`. */
export function leave(
  file: YamlFile,
  wanted: PlainMap,
  group: string,
  name: string,
  before: string,
): YamlFile {
  const map = mapAt(file, 'proxy-groups', indexNamed(file, 'proxy-groups', group));
  const list = entriesOf(file, map).get('proxies')?.value;
  const members = itemsOf(file, list);
  const index = members.findIndex((member) => scalarText(member) === name);
  if (!isSeq(list) || index < 0) throw cannotEdit(`the members of ${quote(group)} are no list`);
  removePlain(wanted, group, before);
  return spliced(file, [removeItem(file, list, index)]);
}

/** Takes it out of every group that lists it. */
export function leaveAll(file: YamlFile, wanted: PlainMap, name: string): YamlFile {
  for (const group of listedIn(file, name)) removePlain(wanted, group, name);
  let next = file;
  for (;;) {
    // Aliases share lists: one item at a time, found again after each.
    const [reference] = (referencesOf(next).get(name) ?? []).filter(
      ({ member }) => member !== null,
    );
    const member = reference?.member;
    if (member === undefined || member === null) return next;
    next = spliced(next, [removeItem(next, member.list, member.index)]);
  }
}

function plainGroup(wanted: PlainMap, group: string): PlainMap {
  const found = listIn(wanted, 'proxy-groups').find(
    (item): item is PlainMap => item instanceof Map && item.get('name') === group,
  );
  if (found === undefined) throw cannotEdit(`the group ${quote(group)} cannot be found again`);
  return found;
}

function removePlain(wanted: PlainMap, group: string, name: string): void {
  const map = plainGroup(wanted, group);
  const members = listIn(map, 'proxies');
  const kept = members.filter((member) => member !== name);
  if (kept.length > 0) {
    map.set('proxies', kept);
    return;
  }
  map.delete('proxies');
  if (OTHER_SOURCES.some((key) => map.has(key) && map.get(key) !== 'false')) return;
  throw new SluiceError(
    'ERR_UPSTREAM_LAST_MEMBER',
    `${quote(name)} is the only member of the group ${quote(group)}: give that another one, or remove it.`,
  );
}
