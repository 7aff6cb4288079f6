/** Which flows are shown, and in which order. Pure. */
import type { FlowInfo } from '../../../core/api/flows.ts';
import { hasAll, sortRows, wordsOf } from '../../components/sort-rows.ts';
import type { Sorting } from '../../components/sort-rows.ts';
import type { Flows } from '../../live/flows.ts';
import { columns } from './columns.ts';

/** `filter`: words that must all be somewhere in the flow, in any case. */
export function selectFlows(
  all: readonly FlowInfo[],
  flows: Flows,
  filter: string,
  { column: id, isDescending }: Sorting,
): FlowInfo[] {
  const words = wordsOf(filter);
  const shown = words.length === 0 ? all : all.filter((flow) => hasAll(searchTextOf(flow), words));
  const column = columns.find((one) => one.id === id);
  if (column === undefined) return [...shown];
  return sortRows(
    shown,
    (flow) => column.sortKey(flow, flows),
    isDescending,
    (flow) => flow.id,
  );
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
