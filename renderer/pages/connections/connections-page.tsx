/** Every connection: where it comes from, where it goes, and why. */
import { useDeferredValue, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { SegmentedControl, Stack } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useLocation, useSearchParams } from 'wouter';
import type { FlowInfo } from '../../../core/api/flows.ts';
import { DataTable } from '../../components/data-table.tsx';
import { ListBar } from '../../components/list-bar.tsx';
import type { Sorting } from '../../components/sort-rows.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { liveFlows } from '../../live/flows.ts';
import { useLive } from '../../live/live.ts';
import { columns } from './columns.ts';
import { FlowDrawer } from './flow-drawer.tsx';
import { ListMenu } from './list-menu.tsx';
import { selectFlows } from './select-flows.ts';

type View = 'live' | 'closed';

const SHOWN_FIRST = columns.filter(({ isExtra }) => !isExtra).map(({ id }) => id);

export function ConnectionsPage(): ReactNode {
  const { t } = useI18n();
  const { value: flows } = useLive(liveFlows);
  const [view, setView] = useState<View>('live');
  // The address has the filter and what is open, so that both can be bookmarked.
  const [search, setSearch] = useSearchParams();
  const filter = search.get('filter') ?? '';
  const [sorting, setSorting] = useState<Sorting>({ column: 'age', isDescending: false });
  const [shown, setShown] = useLocalStorage({
    key: 'sluice.connections.columns',
    defaultValue: SHOWN_FIRST,
  });
  const [location, navigate] = useLocation();
  const text = useDeferredValue(filter);
  const rows = useMemo(
    () =>
      selectFlows(view === 'live' ? [...flows.open.values()] : flows.closed, flows, text, sorting),
    [flows, view, text, sorting],
  );
  const open = flowAt(location, flows.open, flows.closed);
  const query = search.size === 0 ? '' : `?${search.toString()}`;
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
        onFilter={(next) => setSearch(next === '' ? {} : { filter: next }, { replace: true })}
        count={rows.length}
        before={switcher}
        after={
          <ListMenu
            rows={rows}
            isShown={(id) => shown.includes(id)}
            onToggle={(id) =>
              setShown(shown.includes(id) ? shown.filter((one) => one !== id) : [...shown, id])
            }
          />
        }
      />
      <DataTable
        label={t('nav.connections')}
        rows={rows}
        keyOf={({ id }) => id}
        columns={columns
          .filter(({ id }) => shown.includes(id))
          .map((column) => ({
            ...column,
            title: t(column.title),
            text: (flow: FlowInfo) => column.text(flow, flows, t),
          }))}
        sorting={sorting}
        onSort={setSorting}
        onOpen={({ id }) => navigate(`/connections/${id}${query}`)}
        emptyText={text === '' ? t(`connections.empty.${view}`) : t('list.nothing')}
      />
      <FlowDrawer flow={open} onClose={() => navigate(`/connections${query}`)} />
    </Stack>
  );
}

/** The connection that the address names: `/connections/ID`. */
function flowAt(
  location: string,
  open: ReadonlyMap<number, FlowInfo>,
  closed: readonly FlowInfo[],
): FlowInfo | null {
  const id = Number(/^\/connections\/([0-9]{1,15})$/.exec(location)?.[1] ?? NaN);
  return open.get(id) ?? closed.find((flow) => flow.id === id) ?? null;
}
