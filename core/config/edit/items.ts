/** Finding items of the lists of a configuration file, such as one proxy. Pure. */
import type { YAMLMap, YAMLSeq } from 'yaml';
import { isMap, isSeq } from 'yaml';
import { SluiceError } from '../../api/errors.ts';
import { quote } from '../../../rules/text.ts';
import { cannotEdit, entriesOf, resolved, scalarText } from './yaml-file.ts';
import type { YamlFile } from './yaml-file.ts';

export type Section = 'proxies' | 'proxy-groups';

/** Throws `ERR_EDIT_LAYOUT` where there is no such list. */
export function sectionList(file: YamlFile, section: Section): YAMLSeq {
  const list = file.root === null ? null : entriesOf(file, file.root).get(section)?.value;
  if (isSeq(list)) return list;
  throw cannotEdit(`"${section}" is no list`);
}

/** Throws `ERR_UPSTREAM_UNKNOWN` or `ERR_GROUP_UNKNOWN`. */
export function indexNamed(file: YamlFile, section: Section, name: string): number {
  const list = file.root === null ? null : entriesOf(file, file.root).get(section)?.value;
  const items = isSeq(list) ? list.items : [];
  const index = items.findIndex((item) => {
    const map = resolved(file, item);
    return isMap(map) && scalarText(entriesOf(file, map).get('name')?.value) === name;
  });
  if (index >= 0) return index;
  const what = section === 'proxies' ? 'proxy' : 'group';
  const code = section === 'proxies' ? 'ERR_UPSTREAM_UNKNOWN' : 'ERR_GROUP_UNKNOWN';
  throw new SluiceError(code, `The file has no ${what} called ${quote(name)}.`);
}

export function mapAt(file: YamlFile, section: Section, index: number): YAMLMap {
  const item = resolved(file, sectionList(file, section).items[index]);
  if (isMap(item)) return item;
  throw cannotEdit(`an item of "${section}" is no map`);
}
