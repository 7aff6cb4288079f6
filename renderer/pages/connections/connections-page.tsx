/** Every connection: where it comes from, where it goes, and why. */
import { useDeferredValue, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import {
  Group,
  SegmentedControl,
  Stack,
  Text,
  TextInput,
  Title,
  VisuallyHidden,
} from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import { useI18n } from '../../i18n/i18n.tsx';
import { liveFlows } from '../../live/flows.ts';
import { useLive } from '../../live/live.ts';
import { columns } from './columns.ts';
import { FlowTable } from './flow-table.tsx';
import { selectFlows } from './select-flows.ts';
import type { Sorting } from './select-flows.ts';

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
  const emptyText = text === '' ? t(`connections.empty.${view}`) : t('connections.empty.filtered');
  return (
    <Stack gap="sm">
      <VisuallyHidden>
        <Title order={1}>{t('nav.connections')}</Title>
      </VisuallyHidden>
      <Group gap="sm">
        <SegmentedControl
          value={view}
          onChange={(next) => setView(next)}
          data={[
            { value: 'live', label: `${t('connections.live')} (${flows.open.size})` },
            { value: 'closed', label: `${t('connections.closed')} (${flows.closed.length})` },
          ]}
        />
        <TextInput
          value={filter}
          onChange={(event) => setFilter(event.currentTarget.value)}
          placeholder={t('connections.search')}
          aria-label={t('connections.search')}
          leftSection={<IconFilter size={16} />}
          flex={1}
          miw={160}
        />
        <Text size="sm" c="dimmed" className="number" role="status">
          {t('connections.count', { count: rows.length })}
        </Text>
      </Group>
      <FlowTable
        rows={rows}
        flows={flows}
        columns={columns}
        sorting={sorting}
        onSort={setSorting}
        emptyText={emptyText}
      />
    </Stack>
  );
}
