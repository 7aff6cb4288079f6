/** What core does for the endpoints about DNS. */
import type { DnsQueriesQuery, DnsQueryList } from '../api/dns.ts';
import { SluiceError } from '../api/errors.ts';
import type { DnsService } from '../dns/dns-service.ts';
import type { ControlService } from './service.ts';

/** Throws `ERR_DNS_OFF` where Sluice answers no queries. */
export function openDns({ dns }: ControlService): DnsService {
  if (dns !== null) return dns;
  throw new SluiceError(
    'ERR_DNS_OFF',
    'Sluice answers no DNS queries: dns.enable is false, or the engine does not run.',
  );
}

/** Newest first. */
export function listQueries(dns: DnsService, { limit = Infinity }: DnsQueriesQuery): DnsQueryList {
  const records = dns.queries.recent().reverse().slice(0, limit);
  return { queries: records.map((record) => record.toInfo()) };
}
