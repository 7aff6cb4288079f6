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

export interface Column {
  readonly id: string;
  readonly title: Key;
  /** Pixels; what is left goes to the columns with `grows`. */
  readonly width: number;
  readonly grows?: true;
  readonly isNumber?: true;
  /** Shown on a narrow screen, too. */
  readonly isEssential?: true;
  readonly text: (flow: FlowInfo, flows: Flows, t: Translate) => string;
  readonly sortKey: (flow: FlowInfo, flows: Flows) => string | number;
}

const hostOf = (flow: FlowInfo): string =>
  formatEndpoint(flow.domain ?? flow.destination.address, flow.destination.port);

const ageOf = (flow: FlowInfo): number =>
  (flow.end === null ? Date.now() : Date.parse(flow.end)) - Date.parse(flow.start);

export const columns: readonly Column[] = [
  {
    id: 'host',
    title: 'connections.column.host',
    width: 220,
    grows: true,
    isEssential: true,
    text: (flow) => printable(hostOf(flow)),
    sortKey: hostOf,
  },
  {
    id: 'network',
    title: 'connections.column.network',
    width: 70,
    text: (flow) => flow.network,
    sortKey: (flow) => flow.network,
  },
  {
    id: 'state',
    title: 'connections.column.state',
    width: 90,
    text: (flow, _, t) => t(`flow.${flow.state}`),
    sortKey: (flow) => flow.state,
  },
  {
    id: 'source',
    title: 'connections.column.source',
    width: 170,
    text: (flow) => formatEndpoint(flow.source.address, flow.source.port),
    sortKey: (flow) => flow.source.address,
  },
  {
    id: 'rule',
    title: 'connections.column.rule',
    width: 190,
    grows: true,
    text: (flow) => printable(flow.rule?.text ?? ''),
    sortKey: (flow) => flow.rule?.text ?? '',
  },
  {
    id: 'chain',
    title: 'connections.column.chain',
    width: 130,
    isEssential: true,
    text: (flow) => printable(flow.chain.join(' → ')),
    sortKey: (flow) => flow.chain.join(' '),
  },
  {
    id: 'up',
    title: 'connections.column.up',
    width: 90,
    isNumber: true,
    text: (flow) => formatBytes(flow.upload),
    sortKey: (flow) => flow.upload,
  },
  {
    id: 'down',
    title: 'connections.column.down',
    width: 90,
    isNumber: true,
    isEssential: true,
    text: (flow) => formatBytes(flow.download),
    sortKey: (flow) => flow.download,
  },
  {
    id: 'upRate',
    title: 'connections.column.upRate',
    width: 100,
    isNumber: true,
    text: (flow, { rates }) => formatRate(rates.get(flow.id)?.up ?? 0),
    sortKey: (flow, { rates }) => rates.get(flow.id)?.up ?? 0,
  },
  {
    id: 'downRate',
    title: 'connections.column.downRate',
    width: 100,
    isNumber: true,
    text: (flow, { rates }) => formatRate(rates.get(flow.id)?.down ?? 0),
    sortKey: (flow, { rates }) => rates.get(flow.id)?.down ?? 0,
  },
  {
    id: 'age',
    title: 'connections.column.age',
    width: 90,
    isNumber: true,
    text: (flow) => formatDuration(ageOf(flow)),
    sortKey: ageOf,
  },
];
