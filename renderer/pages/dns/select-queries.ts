/** Which DNS queries are shown. Pure. */
import type { DnsQueryInfo } from '../../../core/api/dns.ts';
import { hasAll, wordsOf } from '../../components/sort-rows.ts';

export function selectQueries(
  all: readonly DnsQueryInfo[],
  filter: string,
): readonly DnsQueryInfo[] {
  const words = wordsOf(filter);
  if (words.length === 0) return all;
  return all.filter(({ name, type, client, source, server, rcode, answer }) => {
    const parts = [name, type, client?.address ?? '', source, server ?? '', rcode, ...answer];
    return hasAll(parts.join(' ').toLowerCase(), words);
  });
}
