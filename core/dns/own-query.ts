/** A query that somebody asks by the control API: answered as any other, and told with all that is known of it. */
import { domainToASCII } from 'node:url';
import type { DnsQueryAnswer, DnsQueryInfo, DnsQueryRequest } from '../api/dns.ts';
import { SluiceError } from '../api/errors.ts';
import { parseIp } from '../../rules/ip.ts';
import { queryAbout } from './dns-service.ts';
import type { DnsService } from './dns-service.ts';
import { typeNumber } from './record-types.ts';
import { reverseNameOf } from './reverse-name.ts';
import { encodeName } from './wire/name.ts';
import { readableAnswers } from './wire/readable.ts';

/** Rejects with `ERR_REQUEST_INVALID` where the name or the type is none. */
export async function ownQuery(
  service: DnsService,
  { name: asked, type: wanted, real = false }: DnsQueryRequest,
): Promise<DnsQueryAnswer> {
  // Whoever asks for an address wants to know whose it is.
  const ip = wanted === undefined || wanted.toUpperCase() === 'PTR' ? parseIp(asked) : null;
  const name = ip === null ? asked : reverseNameOf(ip);
  const type = wanted ?? (ip === null ? 'A' : 'PTR');
  // An international name in its ASCII form; what is none stays what it is, an underscore for one.
  const wire = encodeName(domainToASCII(name) || name);
  if (wire === null) {
    throw new SluiceError('ERR_REQUEST_INVALID', `"${name}" is not a domain name.`);
  }
  let info: DnsQueryInfo | null = null;
  const message = await service.answerAs(
    queryAbout(wire, typeNumber(type)),
    { address: '', port: 0, transport: 'local' },
    { real, depth: 0, onRecord: (record) => (info = record.toInfo()) },
  );
  if (message === null || info === null) {
    throw new SluiceError('ERR_REQUEST_INVALID', `A query for ${type} is not one for a resolver.`);
  }
  return { ...(info as DnsQueryInfo), records: readableAnswers(message) };
}
