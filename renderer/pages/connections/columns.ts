/** The columns of the list of connections: what each shows, and by what it sorts. Pure. */
import type { FlowInfo } from '../../../core/api/flows.ts';
import {
  formatBytes,
  formatDuration,
  formatEndpoint,
  formatRate,
  printable,
} from '../../format.ts';
import type { Key } from '../../i18n/en.ts';
import type { Translate } from '../../i18n/translate.ts';
import type { Flows } from '../../live/flows.ts';

export interface FlowColumn {
  readonly id: string;
  readonly title: Key;
  readonly width: number;
  readonly grows?: true;
  readonly isNumber?: true;
  readonly isEssential?: true;
  /** Not shown until the user asks for it. */
  readonly isExtra?: true;
  readonly text: (flow: FlowInfo, flows: Flows, t: Translate) => string;
  readonly sortKey: (flow: FlowInfo, flows: Flows) => string | number;
  /** Of the theme, for what needs to be noticed. */
  readonly color?: (flow: FlowInfo) => string | undefined;
}

export function hostOf(flow: FlowInfo): string {
  return formatEndpoint(flow.domain ?? flow.destination.address, flow.destination.port);
}

export function ageOf(flow: FlowInfo): number {
  return (flow.end === null ? Date.now() : Date.parse(flow.end)) - Date.parse(flow.start);
}

const rateOf = (flow: FlowInfo, { rates }: Flows, way: 'up' | 'down'): number =>
  rates.get(flow.id)?.[way] ?? 0;

export const columns: readonly FlowColumn[] = [
  {
    id: 'host',
    title: 'connections.column.host',
    width: 140,
    grows: true,
    isEssential: true,
    text: (flow) => printable(hostOf(flow)),
    sortKey: hostOf,
  },
  {
    id: 'process',
    title: 'connections.column.process',
    width: 90,
    text: ({ process }) => printable(process?.name ?? ''),
    sortKey: ({ process }) => process?.name ?? '',
  },
  {
    id: 'zone',
    title: 'connections.column.zone',
    width: 72,
    text: ({ zone }, _, t) => t(`zone.${zone}`),
    sortKey: ({ zone }) => zone,
  },
  {
    id: 'network',
    title: 'connections.column.network',
    width: 62,
    isExtra: true,
    text: ({ network }) => network,
    sortKey: ({ network }) => network,
  },
  {
    id: 'state',
    title: 'connections.column.state',
    width: 64,
    text: ({ state }, _, t) => t(`flow.${state}`),
    sortKey: ({ state }) => state,
    color: ({ state }) => (state === 'failed' ? 'red' : state === 'refused' ? 'orange' : undefined),
  },
  {
    id: 'rule',
    title: 'connections.column.rule',
    width: 112,
    grows: true,
    text: ({ rule }) => printable(rule?.text ?? ''),
    sortKey: ({ rule }) => rule?.text ?? '',
  },
  {
    id: 'chain',
    title: 'connections.column.chain',
    width: 100,
    isEssential: true,
    text: ({ chain }) => printable(chain.join(' → ')),
    sortKey: ({ chain }) => chain.join(' '),
  },
  {
    id: 'down',
    title: 'connections.column.down',
    width: 72,
    isNumber: true,
    isEssential: true,
    text: ({ download }) => formatBytes(download),
    sortKey: ({ download }) => download,
  },
  {
    id: 'up',
    title: 'connections.column.up',
    width: 68,
    isNumber: true,
    text: ({ upload }) => formatBytes(upload),
    sortKey: ({ upload }) => upload,
  },
  {
    id: 'downRate',
    title: 'connections.column.downRate',
    width: 84,
    isNumber: true,
    text: (flow, flows) => formatRate(rateOf(flow, flows, 'down')),
    sortKey: (flow, flows) => rateOf(flow, flows, 'down'),
  },
  {
    id: 'upRate',
    title: 'connections.column.upRate',
    width: 84,
    isNumber: true,
    isExtra: true,
    text: (flow, flows) => formatRate(rateOf(flow, flows, 'up')),
    sortKey: (flow, flows) => rateOf(flow, flows, 'up'),
  },
  {
    id: 'age',
    title: 'connections.column.age',
    width: 76,
    isNumber: true,
    text: (flow) => formatDuration(ageOf(flow)),
    sortKey: ageOf,
  },
  {
    id: 'source',
    title: 'connections.column.source',
    width: 170,
    isExtra: true,
    text: ({ source }) => formatEndpoint(source.address, source.port),
    sortKey: ({ source }) => source.address,
  },
  {
    id: 'address',
    title: 'connections.column.address',
    width: 170,
    isExtra: true,
    text: ({ destination }) => formatEndpoint(destination.address, destination.port),
    sortKey: ({ destination }) => destination.address,
  },
];
