/** The revisions of the file, and what each has changed. */
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { Drawer, Text } from '@mantine/core';
import type { Revision } from '../../../core/api/edit.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import { DataTable } from '../../components/data-table.tsx';
import type { TableColumn } from '../../components/data-table.tsx';
import { showFailure } from '../../components/show-failure.tsx';
import { formatBytes, formatDateTime, printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';
import { diffLines } from './diff-lines.ts';
import classes from './rules.module.css';
import { useHistory } from './use-history.ts';

export function HistoryView({ hash }: { readonly hash: string }): ReactNode {
  const { t, language } = useI18n();
  const history = useHistory(hash);
  const [open, setOpen] = useState<Revision | null>(null);
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
        emptyText={t('rules.history.empty')}
      />
      <Drawer
        position="right"
        size="xl"
        opened={open !== null}
        onClose={() => setOpen(null)}
        title={open === null ? '' : printable(open.summary)}
      >
        {open !== null && <Diff key={open.id} id={open.id} />}
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

function Diff({ id }: { readonly id: number }): ReactNode {
  const { t } = useI18n();
  const [diff, setDiff] = useState<string | null>(null);
  useEffect(() => {
    call(endpoints.historyDiff, { params: { id } }).then((told) => setDiff(told.diff), showFailure);
  }, [id]);
  if (diff === null) return null;
  const lines = diffLines(diff);
  if (lines.length === 0) return <Text c="dimmed">{t('rules.history.same')}</Text>;
  return (
    <pre className={classes.diff}>
      {lines.map(({ kind, text }, index) => (
        // Lines have no identity but their place, and never change.
        <div key={index} data-kind={kind}>
          {printable(text, 2000)}
        </div>
      ))}
    </pre>
  );
}
