/** `/connections`: the live list in Clash's shape. */
import type { FlowRecord } from '../../engine/flow-table.ts';
import { closeFlows } from '../flow-handlers.ts';
import { PiecedAnswer } from '../http.ts';
import type { ControlService } from '../service.ts';
import { param } from './context.ts';
import type { ClashHandler } from './context.ts';
import { clashRuleType } from './rules.ts';

interface ClashConnection {
  readonly id: string;
  /** Bytes so far; dashboards make speeds of them. */
  readonly upload: number;
  readonly download: number;
  /** RFC 3339. */
  readonly start: string;
  /** The proxy first, then the groups from the innermost to the outermost. */
  readonly chains: readonly string[];
  readonly rule: string;
  readonly rulePayload: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

interface ClashConnections {
  readonly downloadTotal: number;
  readonly uploadTotal: number;
  readonly memory: number;
  readonly connections: readonly ClashConnection[];
}

export function connectionsOf({ flows }: ControlService): PiecedAnswer<ClashConnections> {
  const { upload, download } = flows.totals();
  const memory = process.memoryUsage.rss();
  const totals = { downloadTotal: download, uploadTotal: upload, memory };
  const open = [...flows.live()].filter(({ state }) => state === 'open');
  return new PiecedAnswer(listInPieces(totals, open));
}

/** A millisecond or so to make. */
const CONNECTIONS_IN_PIECE = 100;

function* listInPieces(
  totals: Omit<ClashConnections, 'connections'>,
  records: readonly FlowRecord[],
): Iterable<string> {
  yield `${JSON.stringify(totals).slice(0, -1)},"connections":[`;
  for (let at = 0; at < records.length; at += CONNECTIONS_IN_PIECE) {
    const some = records.slice(at, at + CONNECTIONS_IN_PIECE).map(connectionOf);
    yield `${at === 0 ? '' : ','}${JSON.stringify(some).slice(1, -1)}`;
  }
  yield ']}';
}

function connectionOf(record: FlowRecord): ClashConnection {
  const { type, payload } = ruleOf(record);
  return {
    id: String(record.id),
    upload: record.upload,
    download: record.download,
    start: new Date(record.times.started).toISOString(),
    chains: chainsOf(record),
    rule: clashRuleType(type),
    rulePayload: payload,
    metadata: metadataOf(record),
  };
}

/** The mode and the end of the list are no rules. */
function ruleOf({ ruleIndex, ruleText }: FlowRecord): { type: string; payload: string } {
  const [, type = '', logic, plain = ''] =
    (ruleIndex < 0 ? null : /^([^,]*),(?:(\(.*\))|([^,]*)),/.exec(ruleText)) ?? [];
  if (type !== '') return { type, payload: logic ?? plain };
  return { type: ruleText.startsWith('MATCH,') ? 'MATCH' : '', payload: '' };
}

/** Without what lies behind the proxy: that is no group. */
function chainsOf({ chain, upstream }: FlowRecord): readonly string[] {
  const at = upstream === null ? -1 : chain.indexOf(upstream);
  return (at < 0 ? [...chain] : chain.slice(0, at + 1)).reverse();
}

function metadataOf(record: FlowRecord): Readonly<Record<string, unknown>> {
  const isFake = record.domainFrom === 'fake-ip';
  return {
    network: record.network,
    type: 'Tun',
    sourceIP: record.src,
    // A made-up address says nothing to anybody.
    destinationIP: isFake ? '' : record.dst,
    sourceGeoIP: null,
    destinationGeoIP: null,
    sourceIPASN: '',
    destinationIPASN: '',
    sourcePort: String(record.srcPort),
    destinationPort: String(record.dstPort),
    inboundIP: '',
    inboundPort: '0',
    inboundName: 'DEFAULT-TUN',
    inboundUser: '',
    host: record.domain ?? '',
    dnsMode: isFake ? 'fake-ip' : record.domainFrom === 'dns' ? 'redir-host' : 'normal',
    uid: record.process?.uid ?? 0,
    process: record.process?.name ?? '',
    processPath: record.process?.path ?? '',
    specialProxy: '',
    specialRules: '',
    remoteDestination: record.host ?? '',
    dscp: record.dscp,
    sniffHost: record.sniffed?.domain ?? '',
  };
}

const closeAll: ClashHandler = async ({ service: { flows } }) => {
  await closeFlows(
    flows,
    [...flows.live()].map(({ id }) => id),
  );
};

/** An unknown id is no error: it may have ended meanwhile. */
const close: ClashHandler = (context) => {
  const id = param(context, 'id');
  if (/^[0-9]{1,15}$/.test(id)) context.service.flows.close(Number(id));
};

export const connectionRoutes: Readonly<Record<string, ClashHandler>> = {
  'GET /connections': ({ service }) => connectionsOf(service),
  'DELETE /connections': closeAll,
  'DELETE /connections/:id': close,
};
