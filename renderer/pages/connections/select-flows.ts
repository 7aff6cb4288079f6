/** Which flows are shown, and in which order. Pure. */
import type { FlowInfo } from '../../../core/api/flows.ts';
import type { Flows } from '../../live/flows.ts';
import { columns } from './columns.ts';

export interface Sorting {
  /** A column's id. */
  readonly column: string;
  readonly isDescending: boolean;
}

/** `filter`: words that must all be somewhere in the flow, in any case. */
export function selectFlows(
  all: readonly FlowInfo[],
  flows: Flows,
  filter: string,
  { column: id, isDescending }: Sorting,
): FlowInfo[] {
  const words = filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const shown = all.filter((flow) => {
    if (words.length === 0) return true;
    const text = searchTextOf(flow);
    return words.every((word) => text.includes(word));
  });
  const column = columns.find((one) => one.id === id);
  if (column === undefined) return shown;
  const keyed = shown.map((flow) => ({ flow, key: column.sortKey(flow, flows) }));
  const sign = isDescending ? -1 : 1;
  keyed.sort((a, b) => sign * compare(a.key, b.key) || b.flow.id - a.flow.id);
  return keyed.map(({ flow }) => flow);
}

function compare(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return a < b ? -1 : a > b ? 1 : 0;
}

function searchTextOf(flow: FlowInfo): string {
  const { source, destination, domain, network, state, rule, chain } = flow;
  return [
    `${source.address}:${source.port}`,
    `${destination.address}:${destination.port}`,
    domain ?? '',
    network,
    state,
    rule?.text ?? '',
    ...chain,
  ]
    .join(' ')
    .toLowerCase();
}
