/** The log: live, by level, searched, and to take along. */
import { useDeferredValue, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { Button, Menu, Select, Stack, Switch } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import type { LogEntry, LogLevel } from '../../../core/api/logs.ts';
import type { ApiFailure } from '../../api/failure.ts';
import { DataTable } from '../../components/data-table.tsx';
import type { TableColumn } from '../../components/data-table.tsx';
import { download, fileName } from '../../components/download.ts';
import { ListBar } from '../../components/list-bar.tsx';
import { formatTime, printable } from '../../format.ts';
import type { Key } from '../../i18n/en.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { useLive } from '../../live/live.ts';
import { liveLogs } from '../../live/logs.ts';
import { EntryDrawer } from './entry-drawer.tsx';
import { filterForCode, selectEntries, toJsonLines, toText } from './select-entries.ts';

const SHOWN_LEVELS = ['debug', 'info', 'warning', 'error'] as const satisfies readonly LogLevel[];
const COLORS: Readonly<Partial<Record<LogLevel, string>>> = { warning: 'orange', error: 'red' };

export function LogsPage(): ReactNode {
  const { t, language } = useI18n();
  const { value: latest, failure } = useLive(liveLogs);
  const [level, setLevel] = useState<LogLevel>('debug');
  const [filter, setFilter] = useState('');
  const [held, setHeld] = useState<readonly LogEntry[] | null>(null);
  const [open, setOpen] = useState<LogEntry | null>(null);
  const text = useDeferredValue(filter);
  const rows = useMemo(
    () => selectEntries(held ?? latest, level, text),
    [held, latest, level, text],
  );
  const columns: readonly TableColumn<LogEntry>[] = [
    {
      id: 'time',
      title: t('logs.time'),
      width: 100,
      isEssential: true,
      text: ({ time }) => formatTime(time, language),
    },
    {
      id: 'level',
      title: t('logs.level'),
      width: 80,
      text: (entry) => t(`logs.level.${entry.level}`),
      color: (entry) => COLORS[entry.level],
    },
    { id: 'code', title: t('logs.code'), width: 200, text: ({ code }) => printable(code) },
    {
      id: 'message',
      title: t('logs.message'),
      width: 300,
      grows: true,
      isEssential: true,
      text: ({ message, suppressed }) =>
        suppressed > 0
          ? `${printable(message)} ${t('logs.suppressed', { count: suppressed })}`
          : printable(message),
      color: (entry) => COLORS[entry.level],
    },
  ];
  return (
    <Stack gap="sm">
      <ListBar
        title={t('nav.logs')}
        filter={filter}
        onFilter={setFilter}
        count={rows.length}
        before={
          <Select
            aria-label={t('logs.level')}
            data={SHOWN_LEVELS.map((value) => ({ value, label: t(`logs.level.${value}`) }))}
            value={level}
            onChange={(value) => setLevel(value ?? 'debug')}
            allowDeselect={false}
            w={120}
          />
        }
        after={
          <>
            <Switch
              label={t('list.hold')}
              checked={held !== null}
              onChange={(event) => setHeld(event.currentTarget.checked ? latest : null)}
            />
            <ExportMenu entries={rows} />
          </>
        }
      />
      <DataTable
        label={t('nav.logs')}
        rows={rows}
        keyOf={({ id }) => id}
        columns={columns}
        sorting={null}
        onOpen={setOpen}
        emptyText={t(emptyKey(latest, failure, level, text))}
      />
      <EntryDrawer
        entry={open}
        onFilter={(code) => {
          setFilter(filterForCode(code));
          setOpen(null);
        }}
        onClose={() => setOpen(null)}
      />
    </Stack>
  );
}

function emptyKey(
  entries: readonly LogEntry[],
  failure: ApiFailure | null,
  level: LogLevel,
  filter: string,
): Key {
  if (entries.length === 0 && failure !== null) return 'list.unknown';
  return filter === '' && level === 'debug' ? 'logs.empty' : 'list.nothing';
}

function ExportMenu({ entries }: { readonly entries: readonly LogEntry[] }): ReactNode {
  const { t } = useI18n();
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          leftSection={<IconDownload size={16} />}
          disabled={entries.length === 0}
        >
          {t('list.export')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => download(fileName('log', 'txt'), 'text/plain', toText(entries))}>
          {t('logs.asText')}
        </Menu.Item>
        <Menu.Item
          onClick={() =>
            download(fileName('log', 'ndjson'), 'application/x-ndjson', toJsonLines(entries))
          }
        >
          {t('logs.asJson')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
