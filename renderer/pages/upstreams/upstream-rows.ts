/**
 * The page as rows, so that only those in sight need to be drawn: a group and each line of its
 * members, a provider and each line of its proxies. Pure.
 */
import type { ProxyProviderInfo } from '../../../core/api/providers.ts';
import type { GroupInfo, ProxyInfo, ProxyList } from '../../../core/api/proxies.ts';
import { hasAll, wordsOf } from '../../components/sort-rows.ts';
import type { Health } from '../../components/speed.ts';
import { isTestable, proxyHealth } from './members.ts';
import type { Directory, Member } from './members.ts';

export const ORDERS = ['config', 'name', 'delay'] as const;
export type Order = (typeof ORDERS)[number];

export type Section = 'groups' | 'proxies';

export type Row =
  | { readonly kind: 'heading'; readonly section: Section; readonly count: number }
  | GroupRow
  | {
      readonly kind: 'members';
      readonly group: GroupInfo;
      readonly members: readonly Member[];
      /** Which line it is, from 0. */
      readonly at: number;
      readonly isLast: boolean;
    }
  | { readonly kind: 'provider'; readonly provider: ProxyProviderInfo; readonly isOpen: boolean }
  | { readonly kind: 'proxies'; readonly proxies: readonly ProxyInfo[]; readonly at: number };

export interface GroupRow {
  readonly kind: 'group';
  readonly group: GroupInfo;
  readonly isOpen: boolean;
  /** All of its members, whatever the filter shows. */
  readonly members: readonly Member[];
}

export interface RowOptions {
  readonly filter: string;
  readonly order: Order;
  readonly showsHidden: boolean;
  /** What the user has opened or closed, by `groupKey` and `providerKey`. */
  readonly open: Readonly<Record<string, boolean>>;
  /** How many fit side by side. */
  readonly memberColumns: number;
  readonly proxyColumns: number;
}

/** A group with more members than this is closed until somebody opens it. */
const OPEN_MEMBERS = 24;
/** With more groups than this, all of them are. */
const OPEN_GROUPS = 8;

export const groupKey = (name: string): string => `group ${name}`;
export const providerKey = (name: string): string => `provider ${name}`;

/** Unique among the rows. */
export function rowKey(row: Row): string {
  switch (row.kind) {
    case 'heading':
      return `heading ${row.section}`;
    case 'group':
      return groupKey(row.group.name);
    case 'members':
      return `members ${row.at} ${row.group.name}`;
    case 'provider':
      return providerKey(row.provider.name);
    case 'proxies':
      return `proxies ${row.at} ${row.proxies[0]?.provider ?? ''}`;
  }
}

export function upstreamRows(
  list: ProxyList,
  providers: readonly ProxyProviderInfo[],
  directory: Directory,
  options: RowOptions,
): Row[] {
  return [
    ...groupRows(list, directory, options),
    ...proxyRows(list, options),
    ...providers.flatMap((provider) => providerRows(provider, list, options)),
  ];
}

/** GLOBAL matters in its own mode, where it stands first; a hidden group is a means of others. */
export function shownGroups({ groups, mode }: ProxyList, showsHidden: boolean): GroupInfo[] {
  const isGlobal = ({ name }: GroupInfo): boolean => name === 'GLOBAL';
  const inUse = mode === 'global' ? groups.filter(isGlobal) : [];
  const own = groups.filter((group) => !isGlobal(group) && (showsHidden || !group.hidden));
  const unused = showsHidden && mode !== 'global' ? groups.filter(isGlobal) : [];
  return [...inUse, ...own, ...unused];
}

function groupRows(list: ProxyList, directory: Directory, options: RowOptions): Row[] {
  const words = wordsOf(options.filter);
  const groups = shownGroups(list, options.showsHidden);
  const rows: Row[] = [];
  let count = 0;
  for (const group of groups) {
    const members = group.all.map((name) => directory.member(name, group));
    const isNamed = hasAll(`${group.name} ${group.type}`.toLowerCase(), words);
    const shown = isNamed
      ? members
      : members.filter(({ name, type }) => hasAll(`${name} ${type}`.toLowerCase(), words));
    if (!isNamed && shown.length === 0) continue;
    count += 1;
    const byDefault = members.length <= OPEN_MEMBERS && groups.length <= OPEN_GROUPS;
    const isOpen = !isNamed || (options.open[groupKey(group.name)] ?? byDefault);
    rows.push({ kind: 'group', group, isOpen, members });
    if (!isOpen) continue;
    const lines = inLines(inOrder(shown, options.order, asItIs), options.memberColumns);
    for (const [at, line] of lines.entries()) {
      rows.push({ kind: 'members', group, members: line, at, isLast: at === lines.length - 1 });
    }
  }
  return count === 0 ? [] : [{ kind: 'heading', section: 'groups', count }, ...rows];
}

/** The file's own; of the built-in ones, the one that can be measured. */
function proxyRows(list: ProxyList, options: RowOptions): Row[] {
  const own = list.proxies.filter(
    (proxy) => proxy.provider === null && (isTestable(proxy) || proxy.server !== ''),
  );
  // Built-in ones come first in the list, and are last in importance.
  const ordered = own.toSorted((a, b) => Number(a.server === '') - Number(b.server === ''));
  const shown = shownProxies(ordered, options);
  if (shown.length === 0) return [];
  return [
    { kind: 'heading', section: 'proxies', count: shown.length },
    ...inLines(shown, options.proxyColumns).map(
      (proxies, at) => ({ kind: 'proxies', proxies, at }) as const,
    ),
  ];
}

function providerRows(provider: ProxyProviderInfo, list: ProxyList, options: RowOptions): Row[] {
  const isNamed = hasAll(provider.name.toLowerCase(), wordsOf(options.filter));
  const own = list.proxies.filter((proxy) => proxy.provider === provider.name);
  const shown = shownProxies(own, isNamed ? { ...options, filter: '' } : options);
  if (!isNamed && shown.length === 0) return [];
  const isOpen = !isNamed || (options.open[providerKey(provider.name)] ?? true);
  const lines = isOpen ? inLines(shown, options.proxyColumns) : [];
  return [
    { kind: 'provider', provider, isOpen },
    ...lines.map((proxies, at) => ({ kind: 'proxies', proxies, at }) as const),
  ];
}

function shownProxies(proxies: readonly ProxyInfo[], { filter, order }: RowOptions): ProxyInfo[] {
  const words = wordsOf(filter);
  const shown = proxies.filter(({ name, type, server, provider }) =>
    hasAll(`${name} ${type} ${server} ${provider ?? ''}`.toLowerCase(), words),
  );
  return inOrder(shown, order, (proxy) => proxyHealth(proxy));
}

const asItIs = (member: Member): Member => member;

function inOrder<T extends { readonly name: string }>(
  items: readonly T[],
  order: Order,
  healthOf: (item: T) => Health,
): T[] {
  if (order === 'config') return [...items];
  if (order === 'name') return items.toSorted((a, b) => a.name.localeCompare(b.name));
  const rankOf = (item: T): number => {
    const { delay, speed } = healthOf(item);
    if (delay !== null) return delay;
    return speed === 'failed' ? Number.MAX_SAFE_INTEGER : Number.MAX_SAFE_INTEGER - 1;
  };
  return items.toSorted((a, b) => rankOf(a) - rankOf(b));
}

function inLines<T>(items: readonly T[], columns: number): T[][] {
  const lines: T[][] = [];
  for (let at = 0; at < items.length; at += columns) lines.push(items.slice(at, at + columns));
  return lines;
}
