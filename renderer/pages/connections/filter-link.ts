/** The address of the connections that a filter finds. Pure. */
import { formatTerm } from '../../components/flow-filter.ts';
import type { ExactTerm } from '../../components/flow-filter.ts';

/** `what`: a value of one field, or words; `closed`: of the connections that ended. */
export function filterLink(what: ExactTerm | string, view: 'live' | 'closed' = 'live'): string {
  const filter = typeof what === 'string' ? what : formatTerm(what);
  const query = new URLSearchParams({ filter, ...(view === 'live' ? {} : { view }) });
  return `/connections?${query.toString()}`;
}
