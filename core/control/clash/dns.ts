/** `/dns/query` and the caches, in Clash's shape. */
import { rcodeNumber, typeNumber } from '../../dns/record-types.ts';
import { ownQuery } from '../../dns/own-query.ts';
import { openDns } from '../dns-handlers.ts';
import { RequestError } from '../http.ts';
import type { ClashHandler } from './context.ts';

const query: ClashHandler = async ({ service, query: asked }) => {
  const name = asked.get('name') ?? '';
  if (name === '') throw new RequestError(400, 'ERR_REQUEST_INVALID', 'name is missing');
  const type = asked.get('type') || 'A';
  const answer = await ownQuery(openDns(service), { name, type });
  const records = answer.records.map((record) => ({
    name: `${record.name}.`,
    type: typeNumber(record.type),
    TTL: record.ttl,
    data: record.data,
  }));
  return {
    Status: rcodeNumber(answer.rcode),
    Question: [{ Name: `${answer.name}.`, Qtype: typeNumber(answer.type), Qclass: 1 }],
    ...{ TC: false, RD: true, RA: true, AD: false, CD: false },
    ...(records.length === 0 ? {} : { Answer: records }),
  };
};

export const dnsRoutes: Readonly<Record<string, ClashHandler>> = {
  'GET /dns/query': query,
  'POST /cache/fakeip/flush': ({ service }) => openDns(service).flush('fake-ip'),
  'POST /cache/dns/flush': ({ service }) => openDns(service).flush('cache'),
};
