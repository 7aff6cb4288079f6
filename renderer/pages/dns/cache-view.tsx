/** The answers that are kept. */
import type { ReactNode } from 'react';
import type { DnsCacheEntry, DnsCacheList } from '../../../core/api/dns-tables.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import type { TableColumn } from '../../components/data-table.tsx';
import { formatDuration, printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';
import { MemoryView } from './memory-view.tsx';

export function CacheView({ switcher }: { readonly switcher: ReactNode }): ReactNode {
  const { t } = useI18n();
  return (
    <MemoryView<DnsCacheEntry>
      what="cache"
      ask={ask}
      forget={({ name, type }) =>
        call(endpoints.dnsForget, { body: { what: 'cache', name, type } })
      }
      keyOf={({ name, type, dnssec, unchecked }) => `${name} ${type} ${dnssec} ${unchecked}`}
      nameOf={({ name, type }) => `${name} ${type}`}
      columns={columnsOf(t)}
      switcher={switcher}
    />
  );
}

function ask(search: string): Promise<DnsCacheList> {
  return call(endpoints.dnsCache, { query: search === '' ? {} : { search } });
}

function columnsOf(t: Translate): readonly TableColumn<DnsCacheEntry>[] {
  return [
    {
      id: 'name',
      title: t('dns.name'),
      width: 200,
      grows: true,
      isEssential: true,
      text: ({ name }) => printable(name),
    },
    {
      id: 'type',
      title: t('dns.type'),
      width: 110,
      text: ({ type, dnssec }) => (dnssec ? `${type} + DNSSEC` : type),
    },
    {
      id: 'answer',
      title: t('dns.answer'),
      width: 220,
      grows: true,
      isEssential: true,
      text: ({ answer, rcode }) => printable(answer.join(', ') || rcode),
    },
    {
      id: 'server',
      title: t('dns.by'),
      width: 180,
      text: ({ server, policy }) => printable(policy === null ? server : `${server} (${policy})`),
    },
    {
      id: 'ttl',
      title: t('dns.cache.ttl'),
      width: 100,
      isNumber: true,
      text: ({ ttl }) => (ttl > 0 ? formatDuration(ttl * 1000) : t('dns.cache.old')),
      color: ({ ttl }) => (ttl > 0 ? undefined : 'orange'),
    },
    {
      id: 'hits',
      title: t('dns.cache.hits'),
      width: 80,
      isNumber: true,
      text: ({ hits }) => String(hits),
    },
  ];
}
