/** What was found in an import, to tick what is taken over. */
import type { ReactNode } from 'react';
import { Alert, List, Stack, Text, Title } from '@mantine/core';
import type {
  ImportPreview,
  ImportProblem,
  ImportedGroup,
  ImportedProxy,
  ImportedRule,
} from '../../../../core/api/import.ts';
import { DataTable } from '../../../components/data-table.tsx';
import type { TableColumn } from '../../../components/data-table.tsx';
import type { RowKey } from '../../../components/selection.ts';
import { formatEndpoint, printable } from '../../../format.ts';
import { useI18n } from '../../../i18n/i18n.tsx';
import type { Translate } from '../../../i18n/translate.ts';
import { hasNothing } from './choice.ts';
import type { Choice } from './choice.ts';

export function Preview(props: {
  readonly preview: ImportPreview;
  readonly choice: Choice;
  readonly onChange: (change: Partial<Choice>) => void;
}): ReactNode {
  const { preview, choice, onChange } = props;
  const { t } = useI18n();
  const { proxies, groups, rules } = preview;
  const canTick = choice.how === 'merge';
  return (
    <Stack gap="sm">
      <Problems problems={preview.problems} omitted={preview.omitted} />
      {hasNothing(preview) && <Alert color="red">{t('upstreams.import.nothing')}</Alert>}
      <Part
        title={t('upstreams.section.proxies')}
        rows={proxies}
        columns={proxyColumns(t)}
        nameOf={({ as }) => printable(as)}
        keys={canTick ? choice.proxies : null}
        onTick={(keys) => onChange({ proxies: keys })}
      />
      <Part
        title={t('upstreams.section.groups')}
        rows={groups}
        columns={groupColumns(t)}
        nameOf={({ as }) => printable(as)}
        keys={canTick ? choice.groups : null}
        onTick={(keys) => onChange({ groups: keys })}
      />
      <Part
        title={t('nav.rules')}
        rows={rules}
        columns={ruleColumns(t)}
        nameOf={({ rule }) => printable(rule)}
        keys={canTick ? choice.rules : null}
        onTick={(keys) => onChange({ rules: keys })}
      />
    </Stack>
  );
}

function Part<Row extends { readonly id: number }>(props: {
  readonly title: string;
  readonly rows: readonly Row[];
  readonly columns: readonly TableColumn<Row>[];
  readonly nameOf: (row: Row) => string;
  /** Null: there is nothing to tick. */
  readonly keys: ReadonlySet<RowKey> | null;
  readonly onTick: (keys: ReadonlySet<RowKey>) => void;
}): ReactNode {
  const { title, rows, columns, nameOf, keys, onTick } = props;
  const { t } = useI18n();
  if (rows.length === 0) return null;
  const count =
    keys === null
      ? t('upstreams.import.found', { count: rows.length })
      : t('upstreams.import.ticked', { count: keys.size, total: rows.length });
  return (
    <div>
      <Title order={3} size="h5" mb={4}>
        {title}{' '}
        <Text span size="sm" c="dimmed" className="number">
          {count}
        </Text>
      </Title>
      <DataTable<Row>
        label={title}
        rows={rows}
        keyOf={({ id }) => id}
        columns={columns}
        sorting={null}
        selection={keys === null ? null : { keys, onChange: onTick, nameOf }}
        isLow
        emptyText=""
      />
    </div>
  );
}

function proxyColumns(t: Translate): readonly TableColumn<ImportedProxy>[] {
  return [
    {
      id: 'name',
      title: t('upstreams.form.name'),
      width: 140,
      grows: true,
      isEssential: true,
      text: ({ as }) => printable(as),
    },
    {
      id: 'type',
      title: t('upstreams.form.type'),
      width: 70,
      text: ({ settings }) => settings.type,
    },
    {
      id: 'server',
      title: t('upstreams.form.server'),
      width: 130,
      grows: true,
      isEssential: true,
      text: ({ settings }) => printable(formatEndpoint(settings.server, settings.port)),
    },
    {
      id: 'note',
      title: t('upstreams.import.note'),
      width: 140,
      grows: true,
      isEssential: true,
      text: (row) => noteOf(row, t),
      color: ({ conflict, note }) => (conflict !== 'none' || note !== '' ? 'orange' : undefined),
    },
  ];
}

function noteOf({ conflict, note }: ImportedProxy, t: Translate): string {
  const told = {
    none: '',
    name: t('upstreams.import.renamed'),
    same: t('upstreams.import.same'),
  }[conflict];
  return [told, printable(note)].filter((text) => text !== '').join(' ');
}

function groupColumns(t: Translate): readonly TableColumn<ImportedGroup>[] {
  return [
    {
      id: 'name',
      title: t('upstreams.form.name'),
      width: 140,
      grows: true,
      isEssential: true,
      text: ({ as }) => printable(as),
    },
    { id: 'type', title: t('upstreams.form.type'), width: 100, text: ({ type }) => type },
    {
      id: 'members',
      title: t('upstreams.import.members'),
      width: 200,
      grows: true,
      isEssential: true,
      text: ({ members }) => printable(members.join(', ')),
    },
  ];
}

function ruleColumns(t: Translate): readonly TableColumn<ImportedRule>[] {
  return [
    {
      id: 'rule',
      title: t('rules.column.rule'),
      width: 220,
      grows: true,
      isEssential: true,
      text: ({ rule }) => printable(rule),
      color: ({ enabled }) => (enabled ? undefined : 'gray'),
    },
    {
      id: 'was',
      title: t('upstreams.import.was'),
      width: 180,
      grows: true,
      text: ({ was, enabled }) =>
        [enabled ? '' : t('rules.off'), printable(was)].filter((text) => text !== '').join(', '),
    },
  ];
}

const SHOWN = 8;

function Problems(props: {
  readonly problems: readonly ImportProblem[];
  readonly omitted: number;
}): ReactNode {
  const { problems, omitted } = props;
  const { t } = useI18n();
  if (problems.length === 0) return null;
  const hidden = omitted + Math.max(0, problems.length - SHOWN);
  return (
    <Alert
      color="orange"
      title={t('upstreams.import.problems', { count: problems.length + omitted })}
    >
      <List size="sm">
        {problems.slice(0, SHOWN).map(({ line, name, message }, at) => (
          <List.Item key={`${line} ${at}`} className="breaks">
            {line > 0 ? `${t('explain.line', { line })}: ` : ''}
            {name === '' ? '' : `${printable(name)}: `}
            {printable(message, 500)}
          </List.Item>
        ))}
      </List>
      {hidden > 0 && <Text size="sm">{t('rules.moreProblems', { count: hidden })}</Text>}
    </Alert>
  );
}
