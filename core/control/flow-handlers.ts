/** What core does for the endpoints about flows. */
import { setImmediate } from 'node:timers/promises';
import type { CloseFlowsResult, FlowInfo, FlowList, FlowQuery } from '../api/flows.ts';
import type { DnsService } from '../dns/dns-service.ts';
import { flowJson } from '../engine/flow-json.ts';
import type { FlowRecord, FlowTable } from '../engine/flow-table.ts';
import { runPaced } from '../../rules/pace.ts';
import type { Steps } from '../../rules/pace.ts';
import { listQueries } from './dns-handlers.ts';
import { PiecedAnswer, RequestError } from './http.ts';

/** Newest first. */
export function listFlows(
  table: FlowTable,
  dns: DnsService | null,
  { state, limit = Infinity }: FlowQuery,
): PiecedAnswer<FlowList> {
  const records = [
    ...(state === 'closed' || state === 'all' ? table.recent() : []),
    ...(state === 'closed' ? [] : table.live()),
  ];
  const shown = records.slice(-limit).reverse();
  const withQueries = dns !== null && (state === 'closed' || state === 'all');
  const queries = withQueries ? listQueries(dns, { limit }).queries : [];
  const rest = { omitted: records.length - shown.length, queries };
  return new PiecedAnswer(listInPieces(shown, rest));
}

/** Flows in a piece: a fraction of a millisecond to make. */
const FLOWS_IN_PIECE = 250;

function* listInPieces(
  records: readonly FlowRecord[],
  rest: Omit<FlowList, 'flows'>,
): Iterable<string> {
  yield '{"flows":[';
  for (let at = 0; at < records.length; at += FLOWS_IN_PIECE) {
    const flows = records.slice(at, at + FLOWS_IN_PIECE).map(flowJson);
    yield `${at === 0 ? '' : ','}${flows.join(',')}`;
  }
  yield `],${JSON.stringify(rest).slice(1)}\n`;
}

export function findFlow(flows: FlowTable, id: number): FlowInfo {
  const record = flows.find(id);
  if (record !== undefined) return record.toInfo();
  const message = `No flow has the id ${id}, or it ended long ago. "sluice flows" lists them.`;
  throw new RequestError(404, 'ERR_FLOW_UNKNOWN', message);
}

export function closeFlow(flows: FlowTable, id: number): void {
  if (flows.close(id)) return;
  const message = `No live flow has the id ${id}. "sluice flows" lists them.`;
  throw new RequestError(404, 'ERR_FLOW_UNKNOWN', message);
}

/** Thousands take a while, during which the other flows go on. */
export async function closeFlows(
  flows: FlowTable,
  ids: readonly number[],
): Promise<CloseFlowsResult> {
  return { closed: await runPaced(closing(flows, ids), setImmediate) };
}

function* closing(flows: FlowTable, ids: readonly number[]): Steps<number> {
  let closed = 0;
  for (const id of ids) {
    if (flows.close(id)) closed += 1;
    yield;
  }
  return closed;
}
