/** One entry of the log: its fields, and more like it. */
import type { ReactNode } from 'react';
import { Button, Code, Drawer, Group, Stack } from '@mantine/core';
import { IconFilter } from '@tabler/icons-react';
import type { LogEntry } from '../../../core/api/logs.ts';
import { FactList } from '../../components/fact-list.tsx';
import { formatDateTime, printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';

export function EntryDrawer(props: {
  /** Null: nothing is open. */
  readonly entry: LogEntry | null;
  readonly onFilter: (code: string) => void;
  readonly onClose: () => void;
}): ReactNode {
  const { entry, onFilter, onClose } = props;
  const { t, language } = useI18n();
  return (
    <Drawer
      position="right"
      opened={entry !== null}
      onClose={onClose}
      title={entry === null ? '' : printable(entry.code)}
    >
      {entry !== null && (
        <Stack>
          <FactList
            facts={[
              [t('logs.time'), formatDateTime(entry.time, language)],
              [t('logs.level'), t(`logs.level.${entry.level}`)],
              [t('logs.code'), entry.code],
              [t('logs.number'), String(entry.id)],
              [t('logs.before'), entry.suppressed > 0 ? String(entry.suppressed) : ''],
            ]}
          />
          <Code
            block
            aria-label={t('logs.message')}
            style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}
          >
            {entry.message.split('\n').map((line) => `${printable(line, 4000)}\n`)}
          </Code>
          <Group>
            <Button
              variant="default"
              leftSection={<IconFilter size={16} />}
              onClick={() => onFilter(entry.code)}
            >
              {t('logs.onlyCode')}
            </Button>
          </Group>
        </Stack>
      )}
    </Drawer>
  );
}
