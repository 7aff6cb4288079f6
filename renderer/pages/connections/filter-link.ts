/** The address of the connections that a filter finds. Pure. */
import type { TotalRow } from '../../../core/api/totals.ts';
import { formatTerm } from './flow-filter.ts';
import type { ExactTerm } from './flow-filter.ts';

/** Those that live, or those that ended. */
export type FlowView = 'live' | 'closed';

/** What stands behind the `?` of the address. */
export function searchOf(filter: string, view: FlowView): URLSearchParams {
  return new URLSearchParams({
    ...(filter === '' ? {} : { filter }),
    ...(view === 'live' ? {} : { view }),
  });
}

/** `what`: a value of one field, or words. */
export function filterLink(what: ExactTerm | string, view: FlowView = 'live'): string {
  const filter = typeof what === 'string' ? what : formatTerm(what);
  return `/connections?${searchOf(filter, view).toString()}`;
}

/** The connections of a row of totals; null: it is not one thing that could be looked for. */
export function totalLink(
  table: 'upstream' | 'zone' | 'process',
  { kind, name, path, open }: TotalRow,
): string | null {
  // Where nothing moves they are among what ended.
  const view = open > 0 ? 'live' : 'closed';
  switch (kind) {
    case 'named':
      return filterLink({ field: table, value: path === '' ? name : path }, view);
    case 'refused':
      return filterLink({ field: 'state', value: 'refused' }, 'closed');
    case 'answered':
      return filterLink({ field: 'rule', value: 'tun.dns-hijack' }, view);
    case 'unknown':
      return filterLink({ field: 'process', value: '' }, view);
    case 'undecided':
    case 'guest':
    case 'others':
      return null;
  }
}
