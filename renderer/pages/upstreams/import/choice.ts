/** What of a preview is taken over, and how: what somebody ticks, and the request that comes of it. Pure. */
import type { ImportPreview, ImportRequest } from '../../../../core/api/import.ts';
import type { RowKey } from '../../../components/selection.ts';
import { freeName, takenNames } from '../upstream-form.ts';
import type { Known } from '../upstream-form.ts';

const WAYS = ['merge', 'provider', 'replace'] as const;
export type Way = (typeof WAYS)[number];

export interface Choice {
  readonly how: Way;
  /** Numbers of the preview. */
  readonly proxies: ReadonlySet<RowKey>;
  readonly groups: ReadonlySet<RowKey>;
  readonly rules: ReadonlySet<RowKey>;
  /** The name of the provider that a subscription becomes. */
  readonly provider: string;
  /** Groups of the file that get them. */
  readonly into: readonly string[];
  /** A new group that holds them; empty: none. */
  readonly newGroup: string;
  /** What no other rule takes goes through them. */
  readonly match: boolean;
}

/** What most people want. */
export function firstChoice(preview: ImportPreview, file: Known): Choice {
  const { proxies, groups, rules, format, provider } = preview;
  const isFirst = file.upstreams.length === 0 && file.groups.length === 0;
  // The rules of a profile are why it is taken over; a Clash file may come for its proxies alone.
  const isProfile = format === 'proxifier';
  const fresh = proxies.filter(({ conflict }) => conflict !== 'same');
  const isMany = provider !== null || fresh.length > 1;
  return {
    how: provider === null ? 'merge' : 'provider',
    proxies: new Set(fresh.map(({ id }) => id)),
    groups: new Set(isProfile ? groups.map(({ id }) => id) : []),
    rules: new Set(isProfile ? rules.map(({ id }) => id) : []),
    provider: provider ?? '',
    into: [],
    newGroup: isMany && isFirst && !isProfile ? freeGroup(preview, file) : '',
    match: isFirst && !isProfile,
  };
}

export function waysOf({ provider, canReplace }: ImportPreview): Way[] {
  return WAYS.filter((way) => {
    if (way === 'provider') return provider !== null;
    return way === 'merge' || canReplace;
  });
}

/** Where what no other rule takes would go; null: nowhere yet. */
export function matchTarget(preview: ImportPreview, choice: Choice): string | null {
  if (choice.how === 'replace') return null;
  if (choice.newGroup.trim() !== '') return choice.newGroup.trim();
  const [group] = choice.into;
  if (group !== undefined) return group;
  if (choice.how === 'provider' || choice.proxies.size !== 1) return null;
  return preview.proxies.find(({ id }) => choice.proxies.has(id))?.as ?? null;
}

/** Whether nothing was found that could be taken over, whatever is chosen. */
export function hasNothing({ proxies, groups, rules, canReplace }: ImportPreview): boolean {
  return proxies.length + groups.length + rules.length === 0 && !canReplace;
}

/** Whether nothing of it is chosen. */
export function isEmpty({ how, proxies, groups, rules, provider }: Choice): boolean {
  if (how === 'replace') return false;
  if (how === 'provider') return provider.trim() === '';
  return proxies.size + groups.size + rules.size === 0;
}

export function requestOf(preview: ImportPreview, choice: Choice): ImportRequest {
  const { id, hash } = preview;
  const { how, into } = choice;
  const base = { id, hash, how, author: 'ui' } as const;
  if (how === 'replace') return base;
  const target = choice.match ? matchTarget(preview, choice) : null;
  const newGroup = choice.newGroup.trim();
  return {
    ...base,
    ...(how === 'provider'
      ? { provider: choice.provider.trim() }
      : {
          proxies: numbers(choice.proxies),
          groups: numbers(choice.groups),
          rules: numbers(choice.rules),
        }),
    ...(into.length === 0 ? {} : { into }),
    ...(newGroup === '' ? {} : { newGroup }),
    ...(target === null ? {} : { match: target }),
  };
}

function numbers(keys: ReadonlySet<RowKey>): number[] {
  return [...keys].map(Number);
}

/** `Proxy`, or another name that nothing has. */
function freeGroup({ proxies, groups }: ImportPreview, file: Known): string {
  const taken = new Set([
    ...takenNames(file),
    ...proxies.map(({ as }) => as),
    ...groups.map(({ as }) => as),
  ]);
  return taken.has('Proxy') ? freeName('Proxy', taken) : 'Proxy';
}
