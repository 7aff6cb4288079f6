/** The rules as a list: switched on and off, moved, removed and added one by one. */
import { useDeferredValue, useMemo, useRef, useState } from 'react';
import type { FormEvent, KeyboardEvent, ReactNode } from 'react';
import { Alert, Button, Group, Kbd, Text, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import type { FileRule, RuleEdit } from '../../../core/api/edit.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import { DataTable } from '../../components/data-table.tsx';
import { ListBar } from '../../components/list-bar.tsx';
import { showFailure } from '../../components/show-failure.ts';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';
import type { RuleFile } from './draft.ts';
import { ruleColumns } from './rule-columns.tsx';
import { changing, currentRuleFile } from './rule-file.ts';
import { insertion, move, removal, ruleRows, selectRules, toggle } from './rule-rows.ts';
import type { RuleRow } from './rule-rows.ts';
import { showResult } from '../../components/show-result.ts';
import { useHits } from './use-hits.ts';

export function RuleTable({ open }: { readonly open: RuleFile }): ReactNode {
  const { t } = useI18n();
  const { file, draft } = open;
  const [filter, setFilter] = useState('');
  const text = useDeferredValue(filter);
  const hits = useHits(file.hash);
  const all = useMemo(() => ruleRows(file.rules, hits), [file.rules, hits]);
  const rows = useMemo(() => selectRules(all, text), [all, text]);
  const isHeld = draft !== null;
  const turn = useRef(Promise.resolve(true));

  /** One change after the other, each of the list as the one before has left it. Resolves to whether it was done. */
  function edit(make: (rules: readonly FileRule[]) => RuleEdit | null): Promise<boolean> {
    turn.current = turn.current.then(() => editNow(make, t));
    return turn.current;
  }

  function editRow({ key }: RuleRow, make: (row: RuleRow, count: number) => RuleEdit | null): void {
    void edit((rules) => {
      const row = ruleRows(rules, []).find((one) => one.key === key);
      return row === undefined ? null : make(row, rules.length);
    });
  }

  const actions = {
    isHeld,
    count: all.length,
    onToggle: (row: RuleRow) => editRow(row, toggle),
    onMove: (row: RuleRow, by: -1 | 1) => editRow(row, (now, count) => move(now, by, count)),
    onRemove: (row: RuleRow) => editRow(row, removal),
  };

  function onKey(event: KeyboardEvent, row: RuleRow): void {
    const isArrow = event.key === 'ArrowUp' || event.key === 'ArrowDown';
    if (event.altKey && isArrow) actions.onMove(row, event.key === 'ArrowUp' ? -1 : 1);
    else if (event.key === ' ') actions.onToggle(row);
    else if (event.key === 'Delete') actions.onRemove(row);
    else return;
    event.preventDefault();
  }

  if (file.notEditable !== null) {
    return (
      <Alert color="orange" title={t('rules.notEditable')}>
        {printable(file.notEditable, 1000)}
      </Alert>
    );
  }
  return (
    <>
      {draft !== null && <Alert color="orange">{t('rules.saveFirst')}</Alert>}
      <ListBar title={t('nav.rules')} filter={filter} onFilter={setFilter} count={rows.length} />
      <AddRule isHeld={isHeld} onAdd={(rule) => edit((rules) => insertion(rules, rule))} />
      <DataTable<RuleRow>
        label={t('nav.rules')}
        rows={rows}
        keyOf={({ key }) => key}
        columns={ruleColumns(t, actions)}
        sorting={null}
        onKey={onKey}
        around={310}
        emptyText={text === '' ? t('rules.empty') : t('list.nothing')}
      />
      <Text size="xs" c="dimmed" visibleFrom="sm">
        <Kbd>Space</Kbd> {t('rules.key.toggle')} · <Kbd>Alt</Kbd> + <Kbd>↑</Kbd> <Kbd>↓</Kbd>{' '}
        {t('rules.key.move')} · <Kbd>Delete</Kbd> {t('rules.key.remove')}
      </Text>
    </>
  );
}

async function editNow(
  make: (rules: readonly FileRule[]) => RuleEdit | null,
  t: Translate,
): Promise<boolean> {
  const open = currentRuleFile();
  const change = open === null || open.draft !== null ? null : make(open.file.rules);
  if (open === null || change === null) return false;
  try {
    const body = { edits: [change], hash: open.file.hash, author: 'ui' } as const;
    const { result } = await changing(call(endpoints.editRules, { body }));
    showResult(result, t, t('rules.changed'));
    return true;
  } catch (cause) {
    showFailure(cause);
    return false;
  }
}

function AddRule(props: {
  readonly isHeld: boolean;
  readonly onAdd: (rule: string) => Promise<boolean>;
}): ReactNode {
  const { t } = useI18n();
  const [rule, setRule] = useState('');

  async function add(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (await props.onAdd(rule.trim())) setRule('');
  }

  return (
    <form onSubmit={(event) => void add(event)}>
      <Group gap="sm">
        <TextInput
          value={rule}
          onChange={(event) => setRule(event.currentTarget.value)}
          placeholder="DOMAIN-SUFFIX,example.com,DIRECT"
          aria-label={t('rules.newRule')}
          spellCheck={false}
          autoComplete="off"
          flex={1}
          miw={180}
        />
        <Button
          type="submit"
          variant="default"
          leftSection={<IconPlus size={16} />}
          disabled={props.isHeld || rule.trim() === ''}
        >
          {t('rules.add')}
        </Button>
      </Group>
    </form>
  );
}
