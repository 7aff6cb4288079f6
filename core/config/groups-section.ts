/** The key `proxy-groups:`, and the group GLOBAL that is always there. */
import { suggestion, quote } from '../../rules/text.ts';
import { GLOBAL } from './built-ins.ts';
import type { GroupConfig, ProxyConfig } from './config.ts';
import { list, map, optional, readSection, required, text } from './fields.ts';
import type { Problems } from './problems.ts';
import type { Names } from './names.ts';
import { nameReader, reference } from './names.ts';
import type { MapValue, Value } from './value.ts';

const groupTypes = ['select', 'url-test', 'fallback', 'load-balance'] as const;

const section = {
  used: {
    name: required(nameReader),
    type: required(text(1, 64)),
    proxies: optional(list(reference), []),
  },
  later: [
    ...['use', 'url', 'interval', 'lazy', 'timeout', 'max-failed-times', 'disable-udp'],
    ...['interface-name', 'routing-mark', 'include-all', 'include-all-proxies'],
    ...['include-all-providers', 'filter', 'exclude-filter', 'exclude-type', 'expected-status'],
    ...['hidden', 'icon', 'tolerance', 'strategy', 'interrupt-exist-connections'],
  ],
};

export function readGroups(
  items: readonly Value[],
  names: Names,
  problems: Problems,
): readonly GroupConfig[] {
  const groups: GroupConfig[] = [];
  items.forEach((value, index) => {
    const path = `proxy-groups[${index}]`;
    const item = map(value, path, problems);
    const group = item === undefined ? null : readGroup(item, path, names, problems);
    if (group !== null) groups.push(group);
  });
  return groups;
}

function readGroup(
  item: MapValue,
  path: string,
  names: Names,
  problems: Problems,
): GroupConfig | null {
  const { name, type: typeText, proxies } = readSection(item, path, section, problems);
  const offsetOf = (key: string): number => item.entries.get(key)?.value.offset ?? item.offset;
  if (name !== undefined) names.claim(name, offsetOf('name'), problems);
  if (name === undefined || typeText === undefined) return null;
  const type = groupTypes.find((known) => known === typeText.toLowerCase());
  if (type === undefined) {
    const hint =
      typeText.toLowerCase() === 'relay'
        ? ': chain proxies with dialer-proxy instead'
        : suggestion(typeText, groupTypes) || `: use one of ${groupTypes.join(', ')}`;
    const message = `unknown group type ${quote(typeText)}${hint}`;
    problems.error('group-type-unknown', offsetOf('type'), message);
    return null;
  }
  if (type !== 'select') {
    const message = `${type} does not test its members yet: ${quote(name)} uses its first usable member`;
    problems.warn('group-not-tested', offsetOf('type'), message);
  }
  for (const member of proxies) names.link(name, member);
  const members = proxies.map((member) => member.to);
  return { name, type, members, position: problems.position(item.offset) };
}

/**
 * The group that takes everything in global mode, where nothing in the file is called so. Its
 * first member is what the file lists first: a group, else a proxy, else DIRECT.
 */
export function globalGroup(
  proxies: readonly ProxyConfig[],
  groups: readonly GroupConfig[],
  names: Names,
  problems: Problems,
): readonly GroupConfig[] {
  if (names.has(GLOBAL)) return [];
  names.claim(GLOBAL, 0, problems);
  const members = [...groups, ...proxies].map(({ name }) => name).concat('DIRECT', 'REJECT');
  for (const to of members) names.link(GLOBAL, { to, offset: names.offsetOf(to) });
  return [{ name: GLOBAL, type: 'select', members, position: { line: 0, column: 0 } }];
}
