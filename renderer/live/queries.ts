/** The DNS queries that core answers, as they come. */
import { endpoints } from '../../core/api/endpoints.ts';
import type { DnsQueryInfo } from '../../core/api/dns.ts';
import { liveOf } from './live.ts';

const MAX_QUERIES = 5000;
const NONE: readonly DnsQueryInfo[] = [];

/** Newest first. */
export const liveQueries = liveOf(NONE, endpoints.watchDnsQueries, {}, (before, { queries }) =>
  queries.length === 0 ? before : [...queries.toReversed(), ...before].slice(0, MAX_QUERIES),
);
