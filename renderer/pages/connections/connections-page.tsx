/** Every connection: where it comes from, where it goes, and why. */
import { useDeferredValue, useMemo, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { Group, SegmentedControl, Stack } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { useLocation, useSearchParams } from 'wouter';
import type { FlowInfo } from '../../../core/api/flows.ts';
import type { ApiFailure } from '../../api/failure.ts';
import { DataTable } from '../../components/data-table.tsx';
import { ListBar } from '../../components/list-bar.tsx';
import type { RowKey } from '../../components/selection.ts';
import type { Sorting } from '../../components/sort-rows.ts';
import { useIsNarrow } from '../../components/use-narrow.ts';
import { printable } from '../../format.ts';
import type { Key } from '../../i18n/en.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { liveFlows } from '../../live/flows.ts';
import type { Flows } from '../../live/flows.ts';
import { useLive } from '../../live/live.ts';
import { liveRecording } from '../../live/recording.ts';
import { askToClose } from './close-flows.ts';
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
import { RecordDialog } from './record-dialog.tsx';
import { SelectionRow } from './selection-row.tsx';
import { selectFlows } from './select-flows.ts';
import { useShownColumns } from './shown-columns.ts';

const NONE: ReadonlySet<RowKey> = new Set();

export function ConnectionsPage(): ReactNode {
  const { t } = useI18n();
  const { value: flows, failure } = useLive(liveFlows);
  const { recording } = useLive(liveRecording).value;
  // The address has the view, the filter and what is open, so that all can be bookmarked.
  const [search, setSearch] = useSearchParams();
  const view = search.get('view') === 'closed' ? 'closed' : 'live';
  const filterText = search.get('filter') ?? '';
  const filter = useMemo(() => parseFilter(filterText), [filterText]);
  const [sorting, setSorting] = useLocalStorage<Sorting>({
    key: 'sluice.connections.sorting',
    defaultValue: { column: 'age', isDescending: false },
  });
  const isNarrow = useIsNarrow();
  const { isShown, toggle } = useShownColumns(isNarrow);
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
        .filter(({ id }) => isShown(id))
        .map((column) => ({
          ...column,
          // Of what was chosen for this width nothing is left out.
          isEssential: true as const,
          title: t(column.title),
          text: (flow: FlowInfo) => column.text(flow, flows, t),
        })),
    [flows, isShown, t],
  );
  const [selected, setSelected] = useState<ReadonlySet<RowKey>>(NONE);
  const chosen = useMemo(() => rows.filter(({ id }) => selected.has(id)), [rows, selected]);
  const openId = idIn(location);
  const open = openId === null ? null : flowOf(openId, flows);
  /** What a rule is being made for. */
  const [ruleFor, setRuleFor] = useState<readonly FlowInfo[] | null>(null);
  const [asksToRecord, setAsksToRecord] = useState(false);
  const setFilter = (next: FlowFilter): void =>
    setSearch(searchOf(formatFilter(next), view), { replace: true });
  const onKey = (event: KeyboardEvent, row: FlowInfo): void => {
    if (event.key !== 'Delete') return;
    event.preventDefault();
    const wanted = (chosen.length > 0 ? chosen : [row]).filter(({ end }) => end === null);
    if (wanted.length > 0) askToClose(wanted, t);
  };
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
            <RecordButton onRecord={() => setAsksToRecord(true)} />
            <ListMenu
              rows={rows}
              isShown={isShown}
              onToggle={toggle}
              onRecord={() => setAsksToRecord(true)}
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
        onKey={onKey}
        selection={{ keys: selected, onChange: setSelected, nameOf }}
        around={recording === null ? 190 : 260}
        emptyText={t(emptyKey(flows, failure, view, filterText))}
      />
      <FlowDrawer
        id={flows.time === 0 ? null : openId}
        flow={open}
        rate={open === null ? undefined : flows.rates.get(open.id)}
        onClose={() => navigate(`/connections${query}`)}
        onMakeRule={(flow) => setRuleFor([flow])}
      />
      <RecordDialog flow={null} isOpen={asksToRecord} onClose={() => setAsksToRecord(false)} />
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
function idIn(location: string): number | null {
  const id = /^\/connections\/([0-9]{1,15})$/.exec(location)?.[1];
  return id === undefined ? null : Number(id);
}

function flowOf(id: number, { open, closed }: Flows): FlowInfo | null {
  return open.get(id) ?? closed.find((flow) => flow.id === id) ?? null;
}
