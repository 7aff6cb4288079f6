/** The columns of the list of DNS queries. Pure. */
import type { DnsQueryInfo } from '../../../core/api/dns.ts';
import type { TableColumn } from '../../components/data-table.tsx';
import { formatEndpoint, formatTime, printable } from '../../format.ts';
import { errorLine } from '../../i18n/meaning.ts';
import type { I18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';

export function queryColumns({ t, language, errors }: I18n): readonly TableColumn<DnsQueryInfo>[] {
  return [
    {
      id: 'time',
      title: t('dns.time'),
      width: 100,
      text: ({ time }) => formatTime(time, language),
    },
    {
      id: 'name',
      title: t('dns.name'),
      width: 180,
      grows: true,
      isEssential: true,
      text: ({ name }) => printable(name),
    },
    { id: 'type', title: t('dns.type'), width: 70, isEssential: true, text: ({ type }) => type },
    { id: 'client', title: t('dns.client'), width: 160, text: (query) => clientOf(query, t) },
    { id: 'by', title: t('dns.by'), width: 180, text: (query) => answeredBy(query, t) },
    {
      id: 'answer',
      title: t('dns.answer'),
      width: 180,
      grows: true,
      isEssential: true,
      text: ({ answer, rcode, error }) =>
        printable(error === null ? answer.join(', ') || rcode : errorLine(error, errors)),
      color: ({ error }) => (error === null ? undefined : 'red'),
    },
    {
      id: 'duration',
      title: t('dns.duration'),
      width: 80,
      isNumber: true,
      text: ({ ms }) => ms.toFixed(1),
    },
  ];
}

export function clientOf({ client }: DnsQueryInfo, t: Translate): string {
  return client === null ? t('dns.self') : formatEndpoint(client.address, client.port);
}

/** The server by its name, or what else knew the answer; and by which policy. */
export function answeredBy({ source, server, policy }: DnsQueryInfo, t: Translate): string {
  const who = source === 'server' && server !== null ? server : t(`dns.source.${source}`);
  return printable(policy === null ? who : `${who} (${policy})`);
}
