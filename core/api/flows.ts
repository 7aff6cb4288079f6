/** The live list: flows as `GET /v1/flows` and its stream carry them. */
import type { DnsQueryInfo } from './dns.ts';
import type { TextFields } from './endpoint.ts';
import type { ApiError } from './errors.ts';
import { invalid, readInteger, readIntegerText, readObject, readOneOf } from './validate.ts';

export type Network = 'tcp' | 'udp';

/**
 * deciding: held, until a rule is found; dialling: the upstream is being asked; open: bytes
 * flow; closed: done (`error` says who broke it off, if someone did); refused: by a rule or by
 * a guard; failed: the upstream could not be reached (`error` says why).
 */
export type FlowState = 'deciding' | 'dialling' | 'open' | 'closed' | 'refused' | 'failed';

export interface Endpoint {
  /** An IP literal without brackets. */
  readonly address: string;
  readonly port: number;
}

/** The rule that decided. `index` counts from 0; -1 is the mode or the implicit end of the list. */
export interface FlowRule {
  readonly index: number;
  readonly text: string;
}

/** Where a flow came from: this machine, or who sits behind it. */
export const ZONES = ['host', 'wsl', 'container', 'vm', 'lan'] as const;
export type Zone = (typeof ZONES)[number];

/** The program that owns a flow. */
export interface FlowProcess {
  readonly name: string;
  /** Absolute; empty where it cannot be read. */
  readonly path: string;
  /** The user it runs as; null where the system has no such number. */
  readonly uid: number | null;
}

/** A name in the first bytes of a flow. */
export interface SniffedInfo {
  readonly domain: string;
  /** tls (its SNI), http (its Host), quic (the SNI in it). */
  readonly protocol: string;
  /** The client may have encrypted another name (Encrypted Client Hello), or pretends to: browsers always do. */
  readonly ech: boolean;
}

/**
 * What a flow comes to, in the usual order; where its first bytes are read to find its name, `accepted`
 * and `firstUp` come before `decided`.
 *
 * decided: a rule was found; dialled: the upstream was asked; connected: the upstream is connected, a
 * proxy's own handshake included; accepted: the application's handshake is done; firstUp, firstDown: the
 * first byte came from the application, and went to it; ended.
 */
export const FLOW_STEPS = [
  'decided',
  'dialled',
  'connected',
  'accepted',
  'firstUp',
  'firstDown',
  'ended',
] as const;
export type FlowStep = (typeof FLOW_STEPS)[number];

/** Milliseconds after the start, below ten to a tenth. A step that it has not come to, or that its kind does not have, is left out. */
export type FlowTimeline = { readonly [Step in FlowStep]?: number };

/** With their times, in the order in which it came to them. */
export function stepsOf(timeline: FlowTimeline): readonly (readonly [FlowStep, number])[] {
  return FLOW_STEPS.map((step) => [step, timeline[step] ?? -1] as const)
    .filter(([, at]) => at >= 0)
    .toSorted(([, a], [, b]) => a - b);
}

export interface FlowInfo {
  /** Unique for the life of the engine, increasing. */
  readonly id: number;
  readonly network: Network;
  readonly state: FlowState;
  readonly source: Endpoint;
  /** What the application asked for. A UDP flow shows the first destination of its session. */
  readonly destination: Endpoint;
  /** The name of the destination, where it is known. */
  readonly domain: string | null;
  /**
   * How the name became known: fake-ip (the address was made up for it), dns (the address was looked
   * up lately), tls, http, quic (see `sniffed`).
   */
  readonly domainFrom: string | null;
  /** Null where nobody looked, or nothing was found. */
  readonly sniffed: SniffedInfo | null;
  readonly zone: Zone;
  /** Null where nobody looked, and for flows of other machines. */
  readonly process: FlowProcess | null;
  readonly rule: FlowRule | null;
  /** Names from the first group to the machine; empty where the flow is refused. */
  readonly chain: readonly string[];
  /** The first of the proxies in the chain, or DIRECT; null where the flow is refused. */
  readonly upstream: string | null;
  /** What the upstream was asked for: a name, or an address. */
  readonly host: string | null;
  /** Payload bytes from and to the application. */
  readonly upload: number;
  readonly download: number;
  /** RFC 3339. When its first packet was captured, and held. */
  readonly start: string;
  readonly end: string | null;
  readonly timeline: FlowTimeline;
  readonly error: ApiError | null;
}

export interface FlowList {
  readonly flows: readonly FlowInfo[];
  /** Flows that matched but were left out by `limit`. */
  readonly omitted: number;
  /** DNS queries that were answered lately, newest first; with live flows alone there are none. */
  readonly queries: readonly DnsQueryInfo[];
}

/**
 * One line of the stream. The first lines carry every live flow in `opened`, so many a line; each
 * later one what changed since. A flow that opened and closed between two lines is in `closed` alone.
 */
export interface FlowsFrame {
  /** RFC 3339. */
  readonly time: string;
  readonly opened: readonly FlowInfo[];
  /** Flows of which something else than their bytes is another. */
  readonly changed: readonly FlowInfo[];
  /**
   * Flows of which only the bytes are others, three numbers each: id, upload, download. Thousands may
   * change every second, and the rest of them does not.
   */
  readonly moved: readonly number[];
  readonly closed: readonly FlowInfo[];
  /** Ids of flows that were told and have ended, of which no more is known: too many ended since the last line. */
  readonly gone: readonly number[];
  /** DNS queries that were answered since the last line, oldest first. */
  readonly queries: readonly DnsQueryInfo[];
  /** Closed flows, and queries, that were too many to be kept until this line. */
  readonly missed: number;
  readonly missedQueries: number;
}

export const FLOW_STATES = ['live', 'closed', 'all'] as const;
export type FlowListState = (typeof FLOW_STATES)[number];
const MAX_LISTED = 20_000;

export interface FlowQuery {
  /** live when absent; closed: those that ended lately. */
  readonly state?: FlowListState;
  readonly limit?: number;
}

export function readFlowQuery({ state, limit }: TextFields): FlowQuery {
  return {
    state: state === undefined ? 'live' : readOneOf(state, 'state', FLOW_STATES),
    limit: limit === undefined ? MAX_LISTED : readIntegerText(limit, 'limit', 1, MAX_LISTED),
  };
}

/** Of a stream that tells what changed. */
export interface WatchQuery {
  /** Milliseconds between two lines; 1000 when absent. */
  readonly interval?: number;
}

export function readWatchQuery({ interval }: TextFields): WatchQuery {
  return interval === undefined
    ? {}
    : { interval: readIntegerText(interval, 'interval', 100, 60_000) };
}

export function readFlowId({ id }: TextFields): { readonly id: number } {
  return { id: readIntegerText(id, 'id', 1, Number.MAX_SAFE_INTEGER) };
}

export interface CloseFlowsRequest {
  /** Those that have ended meanwhile are passed over. */
  readonly ids: readonly number[];
}

export interface CloseFlowsResult {
  /** How many were still there, and were ended. */
  readonly closed: number;
}

/** A number takes up to 17 characters with its comma. */
export const MAX_CLOSE_BODY = 18 * MAX_LISTED;

export function parseCloseFlowsRequest(value: unknown): CloseFlowsRequest {
  const { ids } = readObject(value, 'The request', ['ids']);
  if (!Array.isArray(ids) || ids.length > MAX_LISTED) {
    throw invalid('ids', `a list of at most ${MAX_LISTED} ids`, ids);
  }
  return {
    ids: ids.map((id, n) => readInteger(id, `ids[${n}]`, 1, Number.MAX_SAFE_INTEGER)),
  };
}
