/** What DNS remembers, as a table: searched by core, forgotten one by one or as a whole. */
import { useCallback, useState } from 'react';
import type { ReactNode } from 'react';
import { ActionIcon, Button, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconTrash, IconX } from '@tabler/icons-react';
import type { FlushTarget } from '../../../core/api/dns.ts';
import { usePolled } from '../../api/use-polled.ts';
import { DataTable } from '../../components/data-table.tsx';
import type { TableColumn } from '../../components/data-table.tsx';
import { ListBar } from '../../components/list-bar.tsx';
import { showFailure } from '../../components/show-failure.tsx';
import { Waiting } from '../../components/waiting.tsx';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { askToFlush } from './ask-to-flush.tsx';

const LOOK_MS = 3000;
const TYPING_MS = 200;

type MemoryName = Exclude<FlushTarget, 'all'>;

interface Found<Entry> {
  readonly entries: readonly Entry[];
  /** Entries that the search matches, shown or not. */
  readonly matched: number;
}

interface Memory<Entry> {
  readonly what: MemoryName;
  /** The same function each time. */
  readonly ask: (search: string) => Promise<Found<Entry>>;
  readonly forget: (entry: Entry) => Promise<unknown>;
  readonly keyOf: (entry: Entry) => string;
  readonly nameOf: (entry: Entry) => string;
  readonly columns: readonly TableColumn<Entry>[];
  readonly switcher: ReactNode;
}

export function MemoryView<Entry>(props: Memory<Entry>): ReactNode {
  const { what, ask, keyOf, nameOf, columns, switcher } = props;
  const { t } = useI18n();
  const [search, setSearch] = useState('');
  const [settled] = useDebouncedValue(search.trim(), TYPING_MS);
  const askForIt = useCallback(() => ask(settled), [ask, settled]);
  // A core that is gone is told of above the page.
  const { value: table, lookAgain } = usePolled(askForIt, LOOK_MS);

  async function forget(entry: Entry): Promise<void> {
    try {
      await props.forget(entry);
    } catch (cause) {
      showFailure(cause);
    }
    void lookAgain();
  }

  const action: TableColumn<Entry> = {
    id: 'forget',
    title: '',
    width: 40,
    isEssential: true,
    text: () => '',
    render: (entry) => (
      <ActionIcon
        variant="subtle"
        color="red"
        size="sm"
        aria-label={t('dns.forget', { name: printable(nameOf(entry)) })}
        onClick={() => void forget(entry)}
      >
        <IconX size={14} />
      </ActionIcon>
    ),
  };
  const left = table === null ? 0 : table.matched - table.entries.length;
  return (
    <>
      <ListBar
        filter={search}
        onFilter={setSearch}
        count={table?.matched ?? 0}
        before={switcher}
        after={
          <Button
            variant="default"
            leftSection={<IconTrash size={16} />}
            disabled={table === null || table.matched === 0}
            onClick={() => askToFlush(what, t, () => void lookAgain())}
          >
            {t(`dns.flush.${what}`)}
          </Button>
        }
      />
      {table === null ? (
        <Waiting height="100px" />
      ) : (
        <DataTable<Entry>
          label={t(`dns.${what}`)}
          rows={table.entries}
          keyOf={keyOf}
          columns={[...columns, action]}
          sorting={null}
          onKey={(event, entry) => {
            if (event.key !== 'Delete') return;
            event.preventDefault();
            void forget(entry);
          }}
          around={270}
          emptyText={t(search === '' ? `dns.${what}.empty` : 'list.nothing')}
        />
      )}
      {left > 0 && (
        <Text size="sm" c="dimmed">
          {t('dns.more', { count: left })}
        </Text>
      )}
    </>
  );
}
