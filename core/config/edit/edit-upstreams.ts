/**
 * Adds, changes and removes proxies in the text of a configuration: comments, anchors and layout
 * stay as they are everywhere else. Each change is made of splices; then the text is read again,
 * and refused unless exactly what was wanted has changed. Pure.
 */
import type { YAMLMap } from 'yaml';
import { SluiceError } from '../../api/errors.ts';
import type { UpstreamEdit, UpstreamSettings } from '../../api/upstreams.ts';
import { quote } from '../../../rules/text.ts';
import { SETTING_KEYS, keysOf, proxyOf, settingsOf } from '../upstream-settings.ts';
import type { SettingValue } from '../upstream-settings.ts';
import { removeItem } from './edit-list.ts';
import { removeKey, setKey } from './edit-map.ts';
import { setMatch, setPlainMatch } from './edit-match.ts';
import { appendToSection } from './edit-root.ts';
import { join, leave, leaveAll, listedIn } from './group-members.ts';
import { isSame, listIn, plainOf } from './plain.ts';
import type { Plain, PlainMap } from './plain.ts';
import { indexNamed, mapAt, sectionList } from './items.ts';
import { referencesOf } from './references.ts';
import { rename, renamedText } from './rename.ts';
import { readUpstreams } from './upstream-list.ts';
import { cannotEdit, entriesOf, openYaml, spliced } from './yaml-file.ts';
import type { YamlFile } from './yaml-file.ts';

/** Texts of the file that may differ, and how. */
type IsMeant = (was: string, is: string) => boolean;

/** The whole new text. Throws `SluiceError` (`ERR_EDIT_...`, `ERR_UPSTREAM_...`). */
export function editUpstream(text: string, edit: UpstreamEdit): string {
  const file = openYaml(text);
  const wanted = plainOf(file);
  switch (edit.op) {
    case 'add':
      return add(file, wanted, edit);
    case 'replace':
      return replace(file, wanted, edit);
    case 'remove':
      return remove(file, wanted, edit);
  }
}

function add(
  file: YamlFile,
  wanted: PlainMap,
  { settings, groups = [], match = false }: Extract<UpstreamEdit, { op: 'add' }>,
): string {
  proxyOf(settings);
  const { name } = settings;
  assertFree(wanted, name);
  let next = appendToSection(file, 'proxies', [keysOf(settings)]);
  const item = [...keysOf(settings)].map(([key, value]): [string, Plain] => [key, plain(value)]);
  listIn(wanted, 'proxies').push(new Map(item));
  for (const group of groups) next = join(next, wanted, group, [name]);
  if (match) next = sendRest(next, wanted, name);
  return checked(next, wanted);
}

function replace(
  file: YamlFile,
  wanted: PlainMap,
  edit: Extract<UpstreamEdit, { op: 'replace' }>,
): string {
  const { name: old, settings, groups, match = false } = edit;
  const { name } = settings;
  const index = indexNamed(file, 'proxies', old);
  const before = readUpstreams(file)[index] ?? null;
  const after = settingsOf(proxyOf(settings));
  if (before === null || after === null) throw unknownUpstream(old);
  if (name !== old) assertFree(wanted, name);
  let next = rename(setKeys(file, index, before, after), old, name);
  if (groups !== undefined) {
    const now = listedIn(next, name);
    for (const group of groups) if (!now.includes(group)) next = join(next, wanted, group, [name]);
    for (const group of now) {
      if (!groups.includes(group)) next = leave(next, wanted, group, name, old);
    }
  }
  if (match) next = sendRest(next, wanted, name);
  const isRead = isSame(plainKeys(readUpstreams(next)[index]), plainKeys(after));
  if (!isRead) throw cannotEdit('the upstream would not read back as it was meant');
  return checked(next, wanted, (was, is) => is === renamedText(was, old, name), index);
}

function remove(
  file: YamlFile,
  wanted: PlainMap,
  { name, force = false }: Extract<UpstreamEdit, { op: 'remove' }>,
): string {
  const index = indexNamed(file, 'proxies', name);
  const uses = referencesOf(file).get(name) ?? [];
  const others = force ? uses.filter(({ member }) => member === null) : uses;
  if (others.length > 0) {
    const shown = others.slice(0, 5).map(({ kind, text }) => `the ${kind} ${quote(text)}`);
    const more = others.length > 5 ? ` and ${others.length - 5} more` : '';
    const advice = others.some(({ member }) => member === null)
      ? 'Let them lead elsewhere first'
      : 'Take it out of them first, or ask for that';
    throw new SluiceError(
      'ERR_UPSTREAM_IN_USE',
      `${quote(name)} is still used by ${shown.join(', ')}${more}. ${advice}.`,
    );
  }
  let next = leaveAll(file, wanted, name);
  next = spliced(next, [removeItem(next, sectionList(next, 'proxies'), index)]);
  const proxies = listIn(wanted, 'proxies');
  proxies.splice(index, 1);
  if (proxies.length === 0) wanted.delete('proxies');
  return checked(next, wanted);
}

/** Throws unless the text says what is wanted, and nothing else. Of the item at `changed` only keys that no form shows are compared. */
function checked(file: YamlFile, wanted: PlainMap, isMeant?: IsMeant, changed = -1): string {
  const found = plainOf(file);
  for (const map of [wanted, found]) {
    const item = listIn(map, 'proxies')[changed];
    if (item instanceof Map) for (const key of SETTING_KEYS) item.delete(key);
    if (listIn(map, 'proxies').length === 0) map.delete('proxies');
  }
  if (isSame(wanted, found, isMeant)) return file.text;
  throw cannotEdit('it shares something with another part, which would change too');
}

/** What a form has changed becomes what the file says; other keys stay as they are. */
function setKeys(
  file: YamlFile,
  index: number,
  before: UpstreamSettings,
  after: UpstreamSettings,
): YamlFile {
  const [was, is] = [keysOf(before), keysOf(after)];
  let next = file;
  for (const key of SETTING_KEYS) {
    const value = is.get(key);
    if (isSame(plain(was.get(key)), plain(value))) continue;
    const map = mapAt(next, 'proxies', index);
    next = spliced(
      next,
      value === undefined ? unset(next, map, key) : setKey(next, map, key, value),
    );
  }
  return next;
}

/** A switch that the file sets is switched off where it stands. */
function unset(file: YamlFile, map: YAMLMap, key: string): ReturnType<typeof setKey> {
  const isSwitch = ['udp', 'tls', 'skip-cert-verify'].includes(key);
  if (isSwitch) return setKey(file, map, key, false);
  const isInherited = entriesOf(file, map).get(key)?.isOwn === false;
  if (isInherited) throw cannotEdit(`a merge key (<<) sets "${key}"`);
  return removeKey(file, map, key);
}

function sendRest(file: YamlFile, wanted: PlainMap, target: string): YamlFile {
  setPlainMatch(listIn(wanted, 'rules'), target);
  return setMatch(file, target);
}

function assertFree(wanted: PlainMap, name: string): void {
  for (const section of ['proxies', 'proxy-groups']) {
    const items = wanted.get(section);
    const isTaken =
      Array.isArray(items) &&
      items.some((item) => item instanceof Map && item.get('name') === name);
    if (!isTaken) continue;
    const message = `Another proxy or group is called ${quote(name)}: choose another name.`;
    throw new SluiceError('ERR_UPSTREAM_NAME', message);
  }
}

function plainKeys(settings: UpstreamSettings | null | undefined): Plain {
  if (settings === null || settings === undefined) return null;
  return new Map([...keysOf(settings)].map(([key, value]) => [key, plain(value)]));
}

function plain(value: SettingValue | undefined): Plain {
  if (value === undefined) return null;
  return typeof value === 'object' ? new Map(value) : String(value);
}

function unknownUpstream(name: string): SluiceError {
  const message = `The file has no SOCKS or HTTP proxy called ${quote(name)} that can be changed.`;
  return new SluiceError('ERR_UPSTREAM_UNKNOWN', message);
}
