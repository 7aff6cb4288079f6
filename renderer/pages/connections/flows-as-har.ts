/**
 * The list of connections as a file for programs, in the shape of an HTTP archive (HAR 1.2), which many
 * viewers draw: a connection is an entry, its phases are the timings, and `_flow` has what core tells
 * of it. What only HTTP has is there, and empty. Pure.
 */
import type { FlowInfo } from '../../../core/api/flows.ts';
import { formatEndpoint } from '../../format.ts';
import { phasesOf } from './flow-phases.ts';
import type { PhaseKind } from './flow-phases.ts';

/** Milliseconds; -1 where a connection did not come to it. Together they are `time`. */
interface Timings {
  /** Held until a rule was found. */
  blocked: number;
  /** The upstream's handshake, and the program's. */
  connect: number;
  send: number;
  wait: number;
  receive: number;
}

const TIMINGS: Readonly<Record<PhaseKind, keyof Timings>> = {
  decided: 'blocked',
  connected: 'connect',
  accepted: 'connect',
  firstUp: 'send',
  firstDown: 'wait',
  open: 'receive',
};

const NO_HTTP = { httpVersion: '', cookies: [], headers: [], headersSize: -1 } as const;

export function toJson(flows: readonly FlowInfo[], version: string, now = Date.now()): string {
  const log = {
    version: '1.2',
    creator: { name: 'Sluice', version },
    entries: flows.map((flow) => entryOf(flow, now)),
  };
  return `${JSON.stringify({ log }, null, 2)}\n`;
}

function entryOf(flow: FlowInfo, now: number): object {
  const { id, network, state, domain, destination, start, upload, download, error } = flow;
  const timings = timingsOf(flow, now);
  const host = formatEndpoint(domain ?? destination.address, destination.port);
  return {
    startedDateTime: start,
    time: sumOf(timings),
    request: {
      ...{ method: network.toUpperCase(), url: `${network}://${host}`, ...NO_HTTP },
      ...{ queryString: [], bodySize: upload },
    },
    response: {
      ...{ status: 0, statusText: error?.message ?? state, ...NO_HTTP, redirectURL: '' },
      ...{ content: { size: download, mimeType: '' }, bodySize: download },
    },
    cache: {},
    timings,
    serverIPAddress: destination.address,
    connection: String(id),
    _flow: flow,
  };
}

function timingsOf(flow: FlowInfo, now: number): Timings {
  let whole = 0;
  const timings: Timings = { blocked: -1, connect: -1, send: -1, wait: -1, receive: -1 };
  for (const { kind, start, end } of phasesOf(flow, now)) {
    const name = TIMINGS[kind];
    timings[name] = Math.max(0, timings[name]) + end - start;
    whole = Math.max(whole, end);
  }
  // Between two phases it waits, too.
  timings.blocked = Math.max(0, timings.blocked) + whole - sumOf(timings);
  return timings;
}

function sumOf(timings: Timings): number {
  return Object.values(timings).reduce((sum: number, ms: number) => sum + Math.max(0, ms), 0);
}
