/** The columns of the table of expectations. */
import { ActionIcon, Group } from '@mantine/core';
import { IconCheck, IconHourglass, IconTrash, IconX } from '@tabler/icons-react';
import type { RuleCase, RuleCaseResult } from '../../../../core/api/rule-tests.ts';
import type { TableColumn } from '../../../components/data-table.tsx';
import { formatEndpoint, printable } from '../../../format.ts';
import type { Translate } from '../../../i18n/translate.ts';

export interface CaseRow {
  readonly index: number;
  readonly one: RuleCase;
  /** Null: it has not been run. */
  readonly result: RuleCaseResult | null;
}

export function caseColumns(
  t: Translate,
  onRemove: (row: CaseRow) => void,
): readonly TableColumn<CaseRow>[] {
  return [
    {
      id: 'result',
      title: t('ruleTests.result'),
      width: 84,
      isEssential: true,
      text: (row) => t(`ruleTests.${stateOf(row)}`),
      render: (row) => <State row={row} t={t} />,
      color: (row) => COLORS[stateOf(row)],
    },
    {
      id: 'flow',
      title: t('ruleTests.flow'),
      width: 150,
      grows: true,
      isEssential: true,
      text: ({ one }) => destinationOf(one),
    },
    {
      id: 'from',
      title: t('ruleTests.from'),
      width: 110,
      text: ({ one }) => printable(originOf(one, t)),
    },
    {
      id: 'expected',
      title: t('ruleTests.expected'),
      width: 120,
      grows: true,
      isEssential: true,
      text: ({ one }) => expectationOf(one),
    },
    {
      id: 'actual',
      title: t('ruleTests.actual'),
      width: 130,
      grows: true,
      text: ({ result }) => actualOf(result),
      color: ({ result }) => (result?.passed === false ? 'red' : undefined),
    },
    {
      id: 'rule',
      title: t('rules.column.rule'),
      width: 150,
      grows: true,
      text: ({ result }) => printable(result?.ruleText ?? ''),
    },
    {
      id: 'remove',
      title: '',
      width: 40,
      isEssential: true,
      text: () => '',
      render: (row) => (
        <ActionIcon
          variant="subtle"
          color="red"
          size="sm"
          aria-label={t('ruleTests.remove', { name: destinationOf(row.one) })}
          onClick={() => onRemove(row)}
        >
          <IconTrash size={14} />
        </ActionIcon>
      ),
    },
  ];
}

const COLORS = { passed: 'teal', failed: 'red', waiting: 'gray' } as const;
const ICONS = { passed: IconCheck, failed: IconX, waiting: IconHourglass } as const;

function State({ row, t }: { readonly row: CaseRow; readonly t: Translate }) {
  const state = stateOf(row);
  const Icon = ICONS[state];
  return (
    <Group gap={4} wrap="nowrap">
      <Icon size={14} aria-hidden />
      {t(`ruleTests.${state}`)}
    </Group>
  );
}

function stateOf({ result }: CaseRow): 'passed' | 'failed' | 'waiting' {
  if (result === null) return 'waiting';
  return result.passed ? 'passed' : 'failed';
}

export function destinationOf({ request }: RuleCase): string {
  const { host, port } = request;
  return printable(port === undefined ? host : formatEndpoint(host, port));
}

/** What a case says besides where it goes. */
function originOf({ request }: RuleCase, t: Translate): string {
  const { network, zone, process, processPath, source, address, uid, dscp } = request;
  return [
    network,
    zone === undefined ? undefined : t(`zone.${zone}`),
    process ?? processPath,
    source,
    address === undefined ? undefined : `= ${address}`,
    uid === undefined ? undefined : `uid ${uid}`,
    dscp === undefined ? undefined : `dscp ${dscp}`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

function expectationOf({ target, rule }: RuleCase): string {
  return printable([target, rule].filter((text) => text !== '').join(' · '));
}

export function actualOf(result: RuleCaseResult | null): string {
  if (result === null) return '';
  if (result.error !== null) return printable(result.error.message);
  return printable(result.chain.length === 0 ? result.target : result.chain.join(' → '));
}
