/** Which flows are shown, and in which order. Pure. */
import type { FlowInfo } from '../../../core/api/flows.ts';
import { sortRows } from '../../components/sort-rows.ts';
import type { Sorting } from '../../components/sort-rows.ts';
import type { Flows } from '../../live/flows.ts';
import { columns } from './columns.ts';
import { filterTest } from './flow-filter.ts';
import type { FlowFilter } from './flow-filter.ts';

export function selectFlows(
  all: readonly FlowInfo[],
  flows: Flows,
  filter: FlowFilter,
  { column: id, isDescending }: Sorting,
): FlowInfo[] {
  const isEmpty = filter.exact.length === 0 && filter.words.trim() === '';
  const shown = isEmpty ? all : all.filter(filterTest(filter));
  const column = columns.find((one) => one.id === id);
  if (column === undefined) return [...shown];
  return sortRows(
    shown,
    (flow) => column.sortKey(flow, flows),
    isDescending,
    (flow) => flow.id,
  );
}
