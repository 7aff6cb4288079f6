/** The key `proxy-groups:`, and the group GLOBAL that is always there. */
import { suggestion, quote } from '../../rules/text.ts';
import { GLOBAL, builtIns } from './built-ins.ts';
import type { GroupConfig, GroupTestConfig, ProxyConfig } from './config.ts';
import { expectedStatus } from './expected-status.ts';
import type { Fields } from './fields.ts';
import { boolean, choice, integer, list, map, optional, readSection } from './fields.ts';
import { required, text } from './fields.ts';
import { Chooser, nameFilters } from './name-filter.ts';
import type { Names, Link } from './names.ts';
import { nameReader, reference } from './names.ts';
import type { Problems } from './problems.ts';
import { typeNames } from './proxy-providers-section.ts';
import { httpUrl } from './source-fields.ts';
import type { MapValue, Value } from './value.ts';

const groupTypes = ['select', 'url-test', 'fallback', 'load-balance'] as const;
const strategies = ['consistent-hashing', 'round-robin', 'sticky-sessions'] as const;

export const DEFAULT_TEST_URL = 'https://www.gstatic.com/generate_204';
/** Seconds, for the types that choose by their tests. */
const DEFAULT_INTERVAL = 300;
const EMPTY_FALLBACK = 'REJECT';

const section = {
  used: {
    name: required(nameReader),
    type: required(text(1, 64)),
    proxies: optional(list(reference), []),
    use: optional(list(reference), []),
    'include-all': optional(boolean, false),
    'include-all-proxies': optional(boolean, false),
    'include-all-providers': optional(boolean, false),
    filter: optional(nameFilters, []),
    'exclude-filter': optional(nameFilters, []),
    'exclude-type': optional(typeNames, []),
    url: optional(httpUrl, DEFAULT_TEST_URL),
    interval: optional(integer(0, 2_000_000), 0),
    lazy: optional(boolean, true),
    timeout: optional(integer(1, 600_000), 5_000),
    'max-failed-times': optional(integer(1, 1000), 5),
    'expected-status': optional(expectedStatus, '*'),
    tolerance: optional(integer(0, 65_535), 0),
    strategy: optional(choice(strategies), strategies[0]),
    'disable-udp': optional(boolean, false),
    'interrupt-exist-connections': optional(boolean, false),
    'empty-fallback': optional(reference, null),
    hidden: optional(boolean, false),
    icon: optional(text(0, 65_536), ''),
  },
  later: ['interface-name', 'routing-mark'],
};

type GroupFields = Fields<typeof section.used>;

/** What groups can be made of. */
export interface GroupSources {
  readonly proxies: readonly ProxyConfig[];
  /** Names of the proxy providers. */
  readonly providers: readonly string[];
}

export function readGroups(
  items: readonly Value[],
  sources: GroupSources,
  names: Names,
  problems: Problems,
): readonly GroupConfig[] {
  const groups: GroupConfig[] = [];
  items.forEach((value, index) => {
    const path = `proxy-groups[${index}]`;
    const item = map(value, path, problems);
    const group = item === undefined ? null : readGroup(item, path, sources, names, problems);
    if (group !== null) groups.push(group);
  });
  return groups;
}

function readGroup(
  item: MapValue,
  path: string,
  sources: GroupSources,
  names: Names,
  problems: Problems,
): GroupConfig | null {
  const fields = readSection(item, path, section, problems);
  const { name, type: typeText } = fields;
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
  const members = membersOf(fields, sources, item.offset);
  for (const member of members) names.link(name, member);
  const fallback = fields['empty-fallback'];
  if (fallback !== null) names.link(name, fallback);
  return {
    ...rest(fields),
    name,
    type,
    members: members.map((member) => member.to),
    providers: providersOf(fields, sources, problems),
    test: testOf(fields, type),
    position: problems.position(item.offset),
  };
}

/** Everything that is read as it is. */
function rest(
  fields: GroupFields,
): Omit<GroupConfig, 'name' | 'type' | 'members' | 'providers' | 'test' | 'position'> {
  return {
    choice: choiceOf(fields),
    tolerance: fields.tolerance,
    strategy: fields.strategy,
    disableUdp: fields['disable-udp'],
    interruptExisting: fields['interrupt-exist-connections'],
    emptyFallback: fields['empty-fallback']?.to ?? EMPTY_FALLBACK,
    hidden: fields.hidden,
    icon: fields.icon,
  };
}

function choiceOf(fields: GroupFields): GroupConfig['choice'] {
  return {
    filter: fields.filter,
    excludeFilter: fields['exclude-filter'],
    excludeType: fields['exclude-type'],
  };
}

/** As in mihomo: `filter` is for what is included by the lot, the others are for every member. */
function membersOf(
  fields: GroupFields,
  { proxies }: GroupSources,
  offset: number,
): readonly Link[] {
  const chooser = new Chooser(choiceOf(fields));
  const types = new Map(proxies.map((proxy) => [proxy.name, typeOf(proxy)]));
  for (const [name, { type }] of builtIns) types.set(name, type);
  const named = fields.proxies.map((link) => ({
    ...link,
    name: link.to,
    type: types.get(link.to) ?? '',
  }));
  const included = fields['include-all'] || fields['include-all-proxies'] ? proxies : [];
  const byName = included
    .map((proxy) => ({ to: proxy.name, offset, name: proxy.name, type: typeOf(proxy) }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const members = [...chooser.without(named), ...chooser.choose(byName)];
  return members.map(({ to, offset: at }) => ({ to, offset: at }));
}

function typeOf(proxy: ProxyConfig): string {
  return proxy.type === 'unsupported' ? proxy.declaredType : proxy.type;
}

function providersOf(
  fields: GroupFields,
  { providers }: GroupSources,
  problems: Problems,
): readonly string[] {
  for (const { to, offset } of fields.use) {
    if (providers.includes(to)) continue;
    const message = `no proxy provider is called ${quote(to)}${suggestion(to, providers)}`;
    problems.error('provider-unknown', offset, message);
  }
  if (fields['include-all'] || fields['include-all-providers']) return providers.toSorted();
  return fields.use.map(({ to }) => to);
}

function testOf(fields: GroupFields, type: GroupConfig['type']): GroupTestConfig {
  const needed = type === 'select' ? 0 : DEFAULT_INTERVAL;
  return {
    url: fields.url,
    interval: fields.interval === 0 ? needed : fields.interval,
    lazy: fields.lazy,
    timeout: fields.timeout,
    maxFailedTimes: fields['max-failed-times'],
    expectedStatus: fields['expected-status'],
  };
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
  return [
    {
      name: GLOBAL,
      type: 'select',
      members,
      providers: [],
      choice: { filter: [], excludeFilter: [], excludeType: [] },
      test: {
        url: DEFAULT_TEST_URL,
        interval: 0,
        lazy: true,
        timeout: 5_000,
        maxFailedTimes: 5,
        expectedStatus: '*',
      },
      tolerance: 0,
      strategy: strategies[0],
      disableUdp: false,
      interruptExisting: false,
      emptyFallback: EMPTY_FALLBACK,
      hidden: false,
      icon: '',
      position: { line: 0, column: 0 },
    },
  ];
}
