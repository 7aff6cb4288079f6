/** What DNS remembers: the answers in the cache, and the fake addresses. Searched by core, told in part. */
import type { TextFields } from './endpoint.ts';
import { readIntegerText, readObject, readOneOf, readText, readToken } from './validate.ts';

export interface DnsCacheEntry {
  readonly name: string;
  readonly type: string;
  /** The question asked for DNSSEC records. */
  readonly dnssec: boolean;
  /** The question asked for answers that fail validation, too. */
  readonly unchecked: boolean;
  /** `NOERROR`, `NXDOMAIN`. */
  readonly rcode: string;
  /** The records, `TYPE data` each. */
  readonly answer: readonly string[];
  readonly server: string;
  /** The policy that chose the server; null for the default ones. */
  readonly policy: string | null;
  /** Seconds until it is asked for again; 0 and below: it is past its time, and better than none. */
  readonly ttl: number;
  /** How often it was given out again. */
  readonly hits: number;
}

export interface DnsCacheList {
  /** What was used last first. */
  readonly entries: readonly DnsCacheEntry[];
  /** Entries that the search matches, those that are left out included. */
  readonly matched: number;
}

export interface FakeIpEntry {
  readonly name: string;
  /** Null where there are no fake addresses of this family. */
  readonly address4: string | null;
  readonly address6: string | null;
  /** Live flows that use one of them. */
  readonly flows: number;
  /** Of the latest use, RFC 3339; null: before Sluice was started. */
  readonly lastUsed: string | null;
}

export interface FakeIpList {
  /** What was used last first. */
  readonly entries: readonly FakeIpEntry[];
  readonly matched: number;
}

export interface DnsTableQuery {
  /** A part of the name, or of an address; everything when absent. */
  readonly search?: string;
  /** 200 when absent. */
  readonly limit?: number;
}

const MAX_LISTED = 1000;

/** Throws `ERR_REQUEST_INVALID`. */
export function readDnsTableQuery({ search, limit }: TextFields): DnsTableQuery {
  return {
    ...(search === undefined || search === '' ? {} : { search: readText(search, 'search', 255) }),
    ...(limit === undefined ? {} : { limit: readIntegerText(limit, 'limit', 1, MAX_LISTED) }),
  };
}

export const FORGET_TARGETS = ['cache', 'fake-ip'] as const;
export type ForgetTarget = (typeof FORGET_TARGETS)[number];

export interface DnsForgetRequest {
  readonly what: ForgetTarget;
  readonly name: string;
  /** Of answers, which have one; fake addresses have none. */
  readonly type?: string;
}

export interface DnsForgotten {
  /** Answers, or names. */
  readonly count: number;
}

export function parseDnsForgetRequest(value: unknown): DnsForgetRequest {
  const { what, name, type } = readObject(value, 'The request', ['what', 'name', 'type']);
  return {
    what: readOneOf(what, 'what', FORGET_TARGETS),
    name: readToken(name, 'name', 1024),
    ...(type === undefined ? {} : { type: readToken(type, 'type', 16) }),
  };
}
