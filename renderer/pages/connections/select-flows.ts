/** Which flows are shown, and in which order. Pure. */
import type { FlowInfo } from '../../../core/api/flows.ts';
import { sortRows, wordsOf } from '../../components/sort-rows.ts';
import type { Sorting } from '../../components/sort-rows.ts';
import type { Flows } from '../../live/flows.ts';
import { columns } from './columns.ts';

/** What `zone:wsl` and its like compare; every one is part of the whole text, too. */
const FIELDS: Readonly<Record<string, (flow: FlowInfo) => string>> = {
  host: ({ domain, destination }) => domain ?? destination.address,
  process: ({ process }) => (process === null ? '' : `${process.name} ${process.path}`),
  zone: ({ zone }) => zone,
  network: ({ network }) => network,
  state: ({ state }) => state,
  rule: ({ rule }) => rule?.text ?? '',
  upstream: ({ chain }) => chain.join(' '),
};

/** `filter`: words that must all be somewhere in the flow, in any case; `zone:wsl` looks in one field. */
export function selectFlows(
  all: readonly FlowInfo[],
  flows: Flows,
  filter: string,
  { column: id, isDescending }: Sorting,
): FlowInfo[] {
  const tests = wordsOf(filter).map(testOf);
  const shown = tests.length === 0 ? all : all.filter((flow) => tests.every((test) => test(flow)));
  const column = columns.find((one) => one.id === id);
  if (column === undefined) return [...shown];
  return sortRows(
    shown,
    (flow) => column.sortKey(flow, flows),
    isDescending,
    (flow) => flow.id,
  );
}

function testOf(word: string): (flow: FlowInfo) => boolean {
  const colon = word.indexOf(':');
  const field = colon > 0 ? FIELDS[word.slice(0, colon)] : undefined;
  if (field === undefined) return (flow) => wholeText(flow).includes(word);
  const wanted = word.slice(colon + 1);
  return (flow) => field(flow).toLowerCase().includes(wanted);
}

function wholeText(flow: FlowInfo): string {
  const { source, destination } = flow;
  const fields = Object.values(FIELDS).map((field) => field(flow));
  return [
    `${source.address}:${source.port}`,
    `${destination.address}:${destination.port}`,
    ...fields,
  ]
    .join(' ')
    .toLowerCase();
}
