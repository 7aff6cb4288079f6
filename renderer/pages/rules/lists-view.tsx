/** The lists that rules name, and the geo data: where they come from, how they are, and fetching them again. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { ActionIcon } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { ProviderList } from '../../../core/api/providers.ts';
import { call } from '../../api/client.ts';
import type { ApiFailure } from '../../api/failure.ts';
import { usePolled } from '../../api/use-polled.ts';
import { DataTable } from '../../components/data-table.tsx';
import type { TableColumn } from '../../components/data-table.tsx';
import { showFailure } from '../../components/show-failure.tsx';
import { formatDateTime, printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Key } from '../../i18n/en.ts';
import type { I18n } from '../../i18n/i18n.tsx';
import { errorLine } from '../../i18n/meaning.ts';
import { listRows } from './list-rows.ts';
import type { ListRow } from './list-rows.ts';

const LOOK_MS = 3000;
const ask = () => call(endpoints.providers);

export function ListsView(): ReactNode {
  const i18n = useI18n();
  const { t } = i18n;
  // A core that is gone is told of above the page.
  const { value: providers, failure, lookAgain } = usePolled(ask, LOOK_MS);
  const [busy, setBusy] = useState<string | null>(null);

  async function refresh({ key, kind, name }: ListRow): Promise<void> {
    setBusy(key);
    try {
      await call(endpoints.refreshProvider, { params: { kind, name } });
      await lookAgain();
    } catch (cause) {
      showFailure(cause);
    } finally {
      setBusy(null);
    }
  }

  const action: TableColumn<ListRow> = {
    id: 'refresh',
    title: '',
    width: 40,
    isEssential: true,
    text: () => '',
    render: (row) =>
      row.canRefresh && (
        <ActionIcon
          variant="subtle"
          size="sm"
          loading={busy === row.key}
          disabled={busy !== null}
          aria-label={t('rules.lists.refresh', { name: printable(row.name) })}
          onClick={() => void refresh(row)}
        >
          <IconRefresh size={14} />
        </ActionIcon>
      ),
  };
  return (
    <DataTable<ListRow>
      label={t('rules.view.lists')}
      rows={providers === null ? [] : listRows(providers)}
      keyOf={({ key }) => key}
      columns={[...columnsOf(i18n), action]}
      sorting={null}
      around={190}
      emptyText={t(emptyKey(providers, failure))}
    />
  );
}

function emptyKey(providers: ProviderList | null, failure: ApiFailure | null): Key {
  if (providers !== null) return 'rules.lists.empty';
  return failure === null ? 'app.loading' : 'list.unknown';
}

function columnsOf({ t, language, errors }: I18n): readonly TableColumn<ListRow>[] {
  return [
    {
      id: 'name',
      title: t('rules.lists.name'),
      width: 140,
      grows: true,
      isEssential: true,
      text: ({ name }) => printable(name),
    },
    { id: 'type', title: t('rules.lists.type'), width: 110, text: ({ type }) => type },
    {
      id: 'count',
      title: t('rules.lists.count'),
      width: 70,
      isNumber: true,
      isEssential: true,
      text: ({ count }) => String(count),
    },
    {
      id: 'updated',
      title: t('rules.lists.updated'),
      width: 180,
      text: ({ updatedAt }) =>
        updatedAt === null ? t('rules.lists.never') : formatDateTime(updatedAt, language),
    },
    {
      id: 'state',
      title: t('rules.lists.state'),
      width: 170,
      grows: true,
      isEssential: true,
      text: ({ error, broken }) =>
        error === null
          ? broken === 0
            ? t('rules.lists.good')
            : t('rules.lists.broken', { count: broken })
          : printable(errorLine(error, errors), 1000),
      color: ({ error, broken }) => (error !== null ? 'red' : broken > 0 ? 'orange' : undefined),
    },
    {
      id: 'source',
      title: t('rules.lists.source'),
      width: 150,
      grows: true,
      text: ({ source }) => printable(source),
    },
  ];
}
