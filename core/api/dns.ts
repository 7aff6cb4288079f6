/** DNS as the control API shows it: queries that were answered, one's own query, totals. */
import type { TextFields } from './endpoint.ts';
import type { ApiError } from './errors.ts';
import type { Endpoint } from './flows.ts';
import { readBoolean, readIntegerText, readObject, readOneOf, readToken } from './validate.ts';

/**
 * Who gave the answer. cache, stale: a server, earlier (stale: it is past its time, and is being
 * asked for again); server: a server, now; fake-ip: the pool; hosts: the configured hosts or the
 * system's; local: a standard or a setting says it (localhost, AAAA without `ipv6`); refused: it was
 * no query that a resolver answers; failed: no server gave a usable answer.
 */
export type DnsSource =
  'cache' | 'stale' | 'server' | 'fake-ip' | 'hosts' | 'local' | 'refused' | 'failed';

export interface DnsQueryInfo {
  /** Unique for the life of the resolver, increasing. */
  readonly id: number;
  /** When it was asked, RFC 3339. */
  readonly time: string;
  /** Lower-case, without the final dot; the root is a dot. Empty where the query had no readable name. */
  readonly name: string;
  /** `A`, `HTTPS`, `TYPE65280`. */
  readonly type: string;
  /** Null: Sluice itself. */
  readonly client: Endpoint | null;
  readonly transport: 'udp' | 'tcp' | 'local';
  readonly source: DnsSource;
  /** The server that answered, as configured; null where none was asked. */
  readonly server: string | null;
  /** The policy that chose the servers; null for the default ones. */
  readonly policy: string | null;
  /** `NOERROR`, `NXDOMAIN`. */
  readonly rcode: string;
  /** The records of the answer, `TYPE data` each, as far as they are kept. */
  readonly answer: readonly string[];
  /** Milliseconds until the answer was there. */
  readonly ms: number;
  /** Why it is `failed`. */
  readonly error: ApiError | null;
}

export interface DnsQueryList {
  /** Newest first. */
  readonly queries: readonly DnsQueryInfo[];
}

/** One line of the stream: the queries that were answered since the last one, oldest first. */
export interface DnsQueriesFrame {
  /** RFC 3339. */
  readonly time: string;
  readonly queries: readonly DnsQueryInfo[];
  /** Queries that were too many to be kept until this line. */
  readonly missed: number;
}

export interface DnsRecordInfo {
  readonly name: string;
  readonly type: string;
  /** Seconds. */
  readonly ttl: number;
  /** As zone files write it. */
  readonly data: string;
}

/** What `POST /v1/dns/query` asks, as a program on this machine would. */
export interface DnsQueryRequest {
  /** A name, or the address whose name is wanted. */
  readonly name: string;
  /** A when absent, for an address PTR. */
  readonly type?: string;
  /** Ask for the true answer where a program would get a fake address. */
  readonly real?: boolean;
}

export interface DnsQueryAnswer extends DnsQueryInfo {
  readonly records: readonly DnsRecordInfo[];
}

export const FLUSH_TARGETS = ['cache', 'fake-ip', 'all'] as const;
export type FlushTarget = (typeof FLUSH_TARGETS)[number];

export interface DnsFlushRequest {
  readonly what: FlushTarget;
}

/** Since the resolver was opened. */
export interface DnsTotals {
  readonly mode: 'fake-ip' | 'redir-host';
  readonly queries: number;
  /** Answered from the cache: in time, and past it. */
  readonly cached: number;
  readonly stale: number;
  readonly faked: number;
  /** From the hosts, or because a standard or a setting says so. */
  readonly local: number;
  readonly forwarded: number;
  readonly failed: number;
  readonly refused: number;
  /** Queries that are no DNS messages. */
  readonly malformed: number;
  /** Replies of servers that are malformed or answer something else. */
  readonly badReplies: number;
  /** Answers in the cache, and what they occupy. */
  readonly cacheEntries: number;
  readonly cacheBytes: number;
  /** Names with a fake address, and how many there may be; 0 without fake addresses. */
  readonly fakeNames: number;
  readonly fakeCapacity: number;
  /** Queries for which no fake address was free. */
  readonly poolFull: number;
}

/** Throws `ERR_REQUEST_INVALID` where `value` is not a `DnsQueryRequest`. */
export function parseDnsQueryRequest(value: unknown): DnsQueryRequest {
  const { name, type, real } = readObject(value, 'The request', ['name', 'type', 'real']);
  return {
    name: readToken(name, 'name', 1024),
    ...(type === undefined ? {} : { type: readToken(type, 'type', 16) }),
    ...(real === undefined ? {} : { real: readBoolean(real, 'real') }),
  };
}

export function parseDnsFlushRequest(value: unknown): DnsFlushRequest {
  const { what } = readObject(value, 'The request', ['what']);
  return { what: readOneOf(what, 'what', FLUSH_TARGETS) };
}

const MAX_LISTED = 1000;

export interface DnsQueriesQuery {
  readonly limit?: number;
}

export function readDnsQueriesQuery({ limit }: TextFields): DnsQueriesQuery {
  return limit === undefined ? {} : { limit: readIntegerText(limit, 'limit', 1, MAX_LISTED) };
}
