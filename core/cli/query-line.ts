/** Answered DNS queries as a terminal shows them. Pure. */
import type { DnsQueryInfo } from '../api/dns.ts';
import { formatEndpoint, printable } from './format.ts';

/** One answered query as one line. */
export function queryLine(info: DnsQueryInfo): string {
  const { name, type, rcode, answer, error, ms } = info;
  const said = error?.message ?? (answer.join(', ') || rcode);
  const text = `? ${clientOf(info)} ${type} ${name} -> ${said} (${fromOf(info)}, ${ms.toFixed(1)} ms)`;
  return `${printable(text)}\n`;
}

export function clientOf({ client, transport }: DnsQueryInfo): string {
  return client === null ? 'sluice' : `${formatEndpoint(client.address, client.port)}/${transport}`;
}

export function fromOf({ source, server }: DnsQueryInfo): string {
  return source === 'server' && server !== null ? server : source;
}
