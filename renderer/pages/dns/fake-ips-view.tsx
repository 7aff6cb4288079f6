/** The names that have a fake address. */
import type { ReactNode } from 'react';
import type { FakeIpEntry, FakeIpList } from '../../../core/api/dns-tables.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import type { TableColumn } from '../../components/data-table.tsx';
import { formatDateTime, printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';
import { MemoryView } from './memory-view.tsx';

export function FakeIpsView({ switcher }: { readonly switcher: ReactNode }): ReactNode {
  const { t, language } = useI18n();
  return (
    <MemoryView<FakeIpEntry>
      what="fake-ip"
      ask={ask}
      forget={({ name }) => call(endpoints.dnsForget, { body: { what: 'fake-ip', name } })}
      keyOf={({ name }) => name}
      nameOf={({ name }) => name}
      columns={columnsOf(t, language)}
      switcher={switcher}
    />
  );
}

function ask(search: string): Promise<FakeIpList> {
  return call(endpoints.dnsFakeIps, { query: search === '' ? {} : { search } });
}

function columnsOf(t: Translate, language: string): readonly TableColumn<FakeIpEntry>[] {
  return [
    {
      id: 'name',
      title: t('dns.name'),
      width: 220,
      grows: true,
      isEssential: true,
      text: ({ name }) => printable(name),
    },
    {
      id: 'address4',
      title: 'IPv4',
      width: 130,
      isEssential: true,
      text: ({ address4 }) => address4 ?? '',
    },
    { id: 'address6', title: 'IPv6', width: 220, text: ({ address6 }) => address6 ?? '' },
    {
      id: 'flows',
      title: t('dns.fake-ip.flows'),
      width: 110,
      isNumber: true,
      text: ({ flows }) => String(flows),
    },
    {
      id: 'used',
      title: t('dns.fake-ip.used'),
      width: 215,
      text: ({ lastUsed }) =>
        lastUsed === null ? t('dns.fake-ip.before') : formatDateTime(lastUsed, language),
    },
  ];
}
