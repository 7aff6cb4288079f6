/** The log: live, by level, searched, and to take along. */
import { useDeferredValue, useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { Button, Code, Drawer, Select, Stack, Switch, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { LOG_LEVELS } from '../../../core/api/logs.ts';
import type { LogEntry, LogLevel } from '../../../core/api/logs.ts';
import { DataTable } from '../../components/data-table.tsx';
import type { TableColumn } from '../../components/data-table.tsx';
import { download, fileName } from '../../components/download.ts';
import { ListBar } from '../../components/list-bar.tsx';
import { hasAll, wordsOf } from '../../components/sort-rows.ts';
import { formatDateTime, formatTime } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { useLive } from '../../live/live.ts';
import { liveLogs } from '../../live/logs.ts';

const SHOWN_LEVELS = ['debug', 'info', 'warning', 'error'] as const satisfies readonly LogLevel[];
const COLORS: Readonly<Partial<Record<LogLevel, string>>> = { warning: 'orange', error: 'red' };

export function LogsPage(): ReactNode {
  const { t, language } = useI18n();
  const { value: latest } = useLive(liveLogs);
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
    { id: 'code', title: t('logs.code'), width: 200, text: ({ code }) => code },
    {
      id: 'message',
      title: t('logs.message'),
      width: 300,
      grows: true,
      isEssential: true,
      text: ({ message, suppressed }) =>
        suppressed > 0 ? `${message} ${t('logs.suppressed', { count: suppressed })}` : message,
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
            <Button
              variant="default"
              leftSection={<IconDownload size={16} />}
              onClick={() => download(fileName('log', 'txt'), 'text/plain', toText(rows))}
            >
              {t('list.export')}
            </Button>
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
        emptyText={text === '' ? t('logs.empty') : t('list.nothing')}
      />
      <Drawer
        position="right"
        opened={open !== null}
        onClose={() => setOpen(null)}
        title={open?.code}
      >
        {open !== null && (
          <Stack>
            <Text size="sm">
              {formatDateTime(open.time, language)} · {t(`logs.level.${open.level}`)}
            </Text>
            <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
              {open.message}
            </Code>
          </Stack>
        )}
      </Drawer>
    </Stack>
  );
}

function selectEntries(all: readonly LogEntry[], level: LogLevel, filter: string): LogEntry[] {
  const least = LOG_LEVELS.indexOf(level);
  const words = wordsOf(filter);
  return all.filter(
    (entry) =>
      LOG_LEVELS.indexOf(entry.level) >= least &&
      hasAll(`${entry.code} ${entry.message}`.toLowerCase(), words),
  );
}

/** As core writes them, oldest first. */
function toText(entries: readonly LogEntry[]): string {
  const lines = entries
    .toReversed()
    .map(({ time, level, code, message }) => `${time} ${level} ${code} ${message}`);
  return `${lines.join('\n')}\n`;
}
