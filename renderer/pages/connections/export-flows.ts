/** The list of connections as a file for a spreadsheet. Pure. */
import type { FlowInfo } from '../../../core/api/flows.ts';

const FIELDS: readonly (readonly [name: string, of: (flow: FlowInfo) => string | number])[] = [
  ['id', ({ id }) => id],
  ['start', ({ start }) => start],
  ['end', ({ end }) => end ?? ''],
  ['state', ({ state }) => state],
  ['network', ({ network }) => network],
  ['source', ({ source }) => source.address],
  ['source port', ({ source }) => source.port],
  ['destination', ({ destination }) => destination.address],
  ['port', ({ destination }) => destination.port],
  ['domain', ({ domain }) => domain ?? ''],
  ['zone', ({ zone }) => zone],
  ['process', ({ process }) => process?.name ?? ''],
  ['process path', ({ process }) => process?.path ?? ''],
  ['rule', ({ rule }) => rule?.text ?? ''],
  ['chain', ({ chain }) => chain.join(' > ')],
  ['bytes up', ({ upload }) => upload],
  ['bytes down', ({ download }) => download],
  ['error', ({ error }) => error?.message ?? ''],
];

/** RFC 4180, with the names of the columns first. */
export function toCsv(flows: readonly FlowInfo[]): string {
  const rows = [
    FIELDS.map(([name]) => name),
    ...flows.map((flow) => FIELDS.map(([, of]) => cell(String(of(flow))))),
  ];
  return rows.map((row) => `${row.join(',')}\r\n`).join('');
}

/** A spreadsheet must not take a hostile name for a formula. */
function cell(text: string): string {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
