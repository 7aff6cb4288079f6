/**
 * Programs for the live list, where no rule asked for them: found out beside the flow, which does
 * not wait. With `find-process-mode: strict` only while somebody looks at the list.
 */
import type { Config } from '../config/config.ts';
import type { CapturedFlow } from './captured-flow.ts';
import { processOf } from './decide.ts';
import type { FlowSources } from './decide.ts';
import type { FlowRecord, FlowTable } from './flow-table.ts';

/** Flows that were there before anybody looked. */
const MAX_EARLIER = 2_000;

/** Completes the record of a flow that was just decided, when the answer is there. */
export function showProcess(
  flow: CapturedFlow,
  record: FlowRecord,
  table: FlowTable,
  { findProcessMode }: Pick<Config, 'findProcessMode'>,
  sources: FlowSources,
): void {
  const isWanted =
    findProcessMode === 'always' || (findProcessMode === 'strict' && table.isWatched);
  if (!isWanted || flow.facts.process !== undefined) return;
  void processOf(flow, sources).then((process) => {
    record.process = process;
  });
}

/** Completes the records of live flows, one after the other, for as long as somebody looks. */
export async function showEarlierProcesses(table: FlowTable, sources: FlowSources): Promise<void> {
  const unknown = [...table.live()].filter(
    ({ process, zone }) => process === null && zone === 'host',
  );
  for (const record of unknown.slice(-MAX_EARLIER)) {
    if (!table.isWatched) return;
    if (record.ended > 0) continue;
    const local = { address: record.src, port: record.srcPort };
    const peer = { address: record.dst, port: record.dstPort };
    // All at once would be a burst of work beside the traffic.
    const process = await sources.processOf(record.network, local, peer);
    record.process ??= process;
  }
}
