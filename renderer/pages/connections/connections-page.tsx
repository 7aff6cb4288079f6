/** Every connection: where it comes from, where it goes, and why. */
import { useDeferredValue, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { Group, SegmentedControl, Stack } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useLocation, useSearchParams } from 'wouter';
import type { FlowInfo } from '../../../core/api/flows.ts';
import type { ApiFailure } from '../../api/failure.ts';
import { DataTable } from '../../components/data-table.tsx';
import { ListBar } from '../../components/list-bar.tsx';
import type { RowKey } from '../../components/selection.ts';
import type { Sorting } from '../../components/sort-rows.ts';
import { printable } from '../../format.ts';
import type { Key } from '../../i18n/en.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { liveFlows } from '../../live/flows.ts';
import type { Flows } from '../../live/flows.ts';
import { useLive } from '../../live/live.ts';
import { liveRecording } from '../../live/recording.ts';
import { columns, hostOf } from './columns.ts';
import { searchOf } from './filter-link.ts';
import type { FlowView } from './filter-link.ts';
import { FilterRow } from './filter-row.tsx';
import { FlowDrawer } from './flow-drawer.tsx';
import { formatFilter, parseFilter } from './flow-filter.ts';
import type { FlowFilter } from './flow-filter.ts';
import { ListMenu } from './list-menu.tsx';
import { MakeRule } from './make-rule/make-rule.tsx';
import { RecordBar } from './record-bar.tsx';
import { RecordButton } from './record-button.tsx';
import { SelectionRow } from './selection-row.tsx';
import { selectFlows } from './select-flows.ts';

const NONE: ReadonlySet<RowKey> = new Set();
const SHOWN_FIRST = columns.filter(({ isExtra }) => !isExtra).map(({ id }) => id);

export function ConnectionsPage(): ReactNode {
  const { t } = useI18n();
  const { value: flows, failure } = useLive(liveFlows);
  const { recording } = useLive(liveRecording).value;
  // The address has the view, the filter and what is open, so that all can be bookmarked.
  const [search, setSearch] = useSearchParams();
  const view = search.get('view') === 'closed' ? 'closed' : 'live';
  const filterText = search.get('filter') ?? '';
  const filter = useMemo(() => parseFilter(filterText), [filterText]);
  const [sorting, setSorting] = useState<Sorting>({ column: 'age', isDescending: false });
  const [shown, setShown] = useLocalStorage({
    key: 'sluice.connections.columns',
    defaultValue: SHOWN_FIRST,
  });
  const [location, navigate] = useLocation();
  // Typing goes on while thousands are looked through.
  const applied = useDeferredValue(filter);
  const rows = useMemo(
    () => selectFlows(listOf(flows, view), flows, applied, sorting),
    [flows, view, applied, sorting],
  );
  const tableColumns = useMemo(
    () =>
      columns
        .filter(({ id }) => shown.includes(id))
        .map((column) => ({
          ...column,
          title: t(column.title),
          text: (flow: FlowInfo) => column.text(flow, flows, t),
        })),
    [flows, shown, t],
  );
  const [selected, setSelected] = useState<ReadonlySet<RowKey>>(NONE);
  const chosen = useMemo(() => rows.filter(({ id }) => selected.has(id)), [rows, selected]);
  const open = flowAt(location, flows.open, flows.closed);
  /** What a rule is being made for. */
  const [ruleFor, setRuleFor] = useState<readonly FlowInfo[] | null>(null);
  const setFilter = (next: FlowFilter): void =>
    setSearch(searchOf(formatFilter(next), view), { replace: true });
  const query = search.size === 0 ? '' : `?${search.toString()}`;
  const switcher = (
    <SegmentedControl
      value={view}
      onChange={(next) => {
        setSearch(searchOf(filterText, next), { replace: true });
        setSelected(NONE);
      }}
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
        filter={filter.words}
        onFilter={(words) => setFilter(parseFilter(formatFilter({ ...filter, words })))}
        count={rows.length}
        before={switcher}
        after={
          <Group gap="xs" wrap="nowrap">
            <RecordButton />
            <ListMenu
              rows={rows}
              isShown={(id) => shown.includes(id)}
              onToggle={(id) =>
                setShown(shown.includes(id) ? shown.filter((one) => one !== id) : [...shown, id])
              }
            />
          </Group>
        }
      />
      {recording !== null && <RecordBar recording={recording} />}
      {chosen.length === 0 ? (
        <FilterRow flows={() => listOf(flows, view)} filter={filter} onFilter={setFilter} />
      ) : (
        <SelectionRow
          chosen={chosen}
          onMakeRule={() => setRuleFor(chosen)}
          onClear={() => setSelected(NONE)}
        />
      )}
      <DataTable
        label={t('nav.connections')}
        rows={rows}
        keyOf={({ id }) => id}
        columns={tableColumns}
        sorting={sorting}
        onSort={setSorting}
        onOpen={({ id }) => navigate(`/connections/${id}${query}`)}
        selection={{ keys: selected, onChange: setSelected, nameOf }}
        around={recording === null ? 190 : 260}
        emptyText={t(emptyKey(flows, failure, view, filterText))}
      />
      <FlowDrawer
        flow={open}
        onClose={() => navigate(`/connections${query}`)}
        onMakeRule={(flow) => setRuleFor([flow])}
      />
      <MakeRule flows={ruleFor} onClose={() => setRuleFor(null)} />
    </Stack>
  );
}

function listOf({ open, closed }: Flows, view: FlowView): readonly FlowInfo[] {
  return view === 'live' ? [...open.values()] : closed;
}

function nameOf(flow: FlowInfo): string {
  return printable(hostOf(flow));
}

function emptyKey(flows: Flows, failure: ApiFailure | null, view: FlowView, filter: string): Key {
  if (flows.time === 0) return failure === null ? 'app.loading' : 'list.unknown';
  return filter === '' ? `connections.empty.${view}` : 'list.nothing';
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
