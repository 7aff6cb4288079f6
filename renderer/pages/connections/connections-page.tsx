/** Every connection: where it comes from, where it goes, and why. */
import { useDeferredValue, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { SegmentedControl, Stack } from '@mantine/core';
import { DataTable } from '../../components/data-table.tsx';
import { ListBar } from '../../components/list-bar.tsx';
import type { Sorting } from '../../components/sort-rows.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { liveFlows } from '../../live/flows.ts';
import { useLive } from '../../live/live.ts';
import { columns } from './columns.ts';
import { selectFlows } from './select-flows.ts';

type View = 'live' | 'closed';

export function ConnectionsPage(): ReactNode {
  const { t } = useI18n();
  const { value: flows } = useLive(liveFlows);
  const [view, setView] = useState<View>('live');
  const [filter, setFilter] = useState('');
  const [sorting, setSorting] = useState<Sorting>({ column: 'age', isDescending: false });
  const text = useDeferredValue(filter);
  const rows = useMemo(
    () =>
      selectFlows(view === 'live' ? [...flows.open.values()] : flows.closed, flows, text, sorting),
    [flows, view, text, sorting],
  );
  const tableColumns = columns.map((column) => ({
    ...column,
    title: t(column.title),
    text: (flow: (typeof rows)[number]) => column.text(flow, flows, t),
  }));
  const switcher = (
    <SegmentedControl
      value={view}
      onChange={setView}
      data={[
        { value: 'live', label: `${t('connections.live')} (${flows.open.size})` },
        { value: 'closed', label: `${t('connections.closed')} (${flows.closed.length})` },
      ]}
    />
  );
  return (
    <Stack gap="sm">
      <ListBar
        title={t('nav.connections')}
        filter={filter}
        onFilter={setFilter}
        count={rows.length}
        before={switcher}
      />
      <DataTable
        label={t('nav.connections')}
        rows={rows}
        keyOf={({ id }) => id}
        columns={tableColumns}
        sorting={sorting}
        onSort={setSorting}
        emptyText={text === '' ? t(`connections.empty.${view}`) : t('list.nothing')}
      />
    </Stack>
  );
}
