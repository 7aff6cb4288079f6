/** The revisions of the file, and what each has changed. */
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { Button, Drawer, Group, Stack, Text } from '@mantine/core';
import { IconRestore } from '@tabler/icons-react';
import type { Revision } from '../../../core/api/edit.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import { DataTable } from '../../components/data-table.tsx';
import type { TableColumn } from '../../components/data-table.tsx';
import { showFailure } from '../../components/show-failure.tsx';
import { showSaved } from '../../components/show-saved.tsx';
import { useBusy } from '../../components/use-busy.ts';
import { formatBytes, formatDateTime, printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';
import { Diff } from './diff.tsx';
import { diffLines } from './diff-lines.ts';
import type { RuleFile } from './draft.ts';
import { changing, lookAgain } from './rule-file.ts';
import { useHistory } from './use-history.ts';

export function HistoryView({ open: { file, draft } }: { readonly open: RuleFile }): ReactNode {
  const { t, language } = useI18n();
  const { hash } = file;
  const history = useHistory(hash);
  const [open, setOpen] = useState<Revision | null>(null);
  const [isBusy, begin] = useBusy();

  /** It is a change like any other: what is undone by it is not lost. */
  async function restore({ id, time }: Revision): Promise<void> {
    const { text } = await call(endpoints.historyText, { params: { id } });
    const change = call(endpoints.putConfigText, { body: { text, hash, author: 'ui' } });
    const done = t('rules.history.restored', { time: formatDateTime(time, language) });
    showSaved(await changing(change), t, done, lookAgain);
    setOpen(null);
  }

  return (
    <>
      <DataTable<Revision>
        label={t('rules.view.history')}
        rows={history?.revisions ?? []}
        keyOf={({ id }) => id}
        columns={columnsOf(history?.current ?? null, t, language)}
        sorting={null}
        onOpen={setOpen}
        around={190}
        emptyText={t(history === null ? 'app.loading' : 'rules.history.empty')}
      />
      <Drawer
        position="right"
        size="xl"
        opened={open !== null}
        onClose={() => setOpen(null)}
        title={open === null ? '' : printable(open.summary)}
      >
        {open !== null && (
          <Stack>
            {open.hash !== hash && (
              <Group gap="sm">
                <Button
                  variant="default"
                  leftSection={<IconRestore size={16} />}
                  loading={isBusy}
                  disabled={draft !== null}
                  onClick={() => begin(() => restore(open))}
                >
                  {t('rules.history.restore')}
                </Button>
                {draft !== null && (
                  <Text size="sm" c="dimmed">
                    {t('rules.saveFirst')}
                  </Text>
                )}
              </Group>
            )}
            <RevisionDiff key={open.id} id={open.id} />
          </Stack>
        )}
      </Drawer>
    </>
  );
}

function columnsOf(
  current: number | null,
  t: Translate,
  language: string,
): readonly TableColumn<Revision>[] {
  return [
    {
      id: 'time',
      title: t('rules.history.time'),
      width: 190,
      text: ({ time }) => formatDateTime(time, language),
    },
    {
      id: 'author',
      title: t('rules.history.author'),
      width: 120,
      isEssential: true,
      text: ({ author }) => t(`rules.author.${author}`),
    },
    {
      id: 'summary',
      title: t('rules.history.summary'),
      width: 240,
      grows: true,
      isEssential: true,
      text: ({ summary }) => printable(summary),
    },
    {
      id: 'current',
      title: t('rules.history.state'),
      width: 110,
      isEssential: true,
      text: ({ id }) => (id === current ? t('rules.history.current') : ''),
      color: () => 'teal',
    },
    {
      id: 'size',
      title: t('rules.history.size'),
      width: 90,
      isNumber: true,
      text: ({ size }) => formatBytes(size),
    },
  ];
}

function RevisionDiff({ id }: { readonly id: number }): ReactNode {
  const { t } = useI18n();
  const [diff, setDiff] = useState<string | null>(null);
  useEffect(() => {
    call(endpoints.historyDiff, { params: { id } }).then((told) => setDiff(told.diff), showFailure);
  }, [id]);
  if (diff === null) return null;
  const lines = diffLines(diff);
  if (lines.length === 0) return <Text c="dimmed">{t('rules.history.same')}</Text>;
  return <Diff lines={lines} />;
}
