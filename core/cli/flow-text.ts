/** One flow in words: what it is, and when it came to each of its steps. Pure. */
import { stepsOf } from '../api/flows.ts';
import type { FlowInfo, FlowStep } from '../api/flows.ts';
import {
  formatBytes,
  formatEndpoint,
  formatMilliseconds,
  formatTable,
  printable,
} from './format.ts';

const STEPS: Readonly<Record<FlowStep, string>> = {
  decided: 'rule decided',
  dialled: 'upstream asked',
  connected: 'upstream connected',
  accepted: 'connection accepted',
  firstUp: 'first byte up',
  firstDown: 'first byte down',
  ended: 'ended',
};

/** With a note where the name may be that of another host. */
export function destinationOf(flow: FlowInfo): string {
  const where = formatEndpoint(flow.domain ?? flow.destination.address, flow.destination.port);
  const isOuter = flow.sniffed?.ech === true && flow.domain === flow.sniffed.domain;
  return isOuter ? `${where} (ECH)` : where;
}

export function chainOf(flow: FlowInfo): string {
  return flow.chain.length === 0 ? '-' : flow.chain.join(' > ');
}

/** Lines, the last one ended. */
export function flowText(flow: FlowInfo): string {
  const { source, destination, process, sniffed } = flow;
  const facts: [string, string | null][] = [
    ['flow', `${flow.id}, ${flow.network}, ${flow.state}`],
    ['from', `${formatEndpoint(source.address, source.port)} (${flow.zone})`],
    ['process', process === null ? null : process.path || process.name],
    ['to', destinationOf(flow)],
    ['address', formatEndpoint(destination.address, destination.port)],
    ['name from', flow.domainFrom],
    ['first bytes', sniffed === null ? null : `${sniffed.domain} (${sniffed.protocol})`],
    ['rule', flow.rule?.text ?? null],
    ['chain', chainOf(flow)],
    ['asked for', flow.host],
    ['bytes', `${formatBytes(flow.upload)} up, ${formatBytes(flow.download)} down`],
    ['error', flow.error === null ? null : `${flow.error.message} [${flow.error.code}]`],
    ['begun', flow.start],
  ];
  const rows = facts.flatMap(([name, value]) => (value === null ? [] : [[name, printable(value)]]));
  return `${formatTable(rows)}\n${timelineText(flow)}`;
}

function timelineText({ timeline }: FlowInfo): string {
  const rows = stepsOf(timeline).map(([step, at]) => [`+${formatMilliseconds(at)}`, STEPS[step]]);
  return formatTable([['+0.0 ms', 'captured'], ...rows]);
}
