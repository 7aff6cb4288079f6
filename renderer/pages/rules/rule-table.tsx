/** The rules as a list: switched on and off, moved, changed, removed and added, one by one or many at once. */
import { useDeferredValue, useMemo, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { Alert, Kbd, Text } from '@mantine/core';
import { DataTable } from '../../components/data-table.tsx';
import { ListBar } from '../../components/list-bar.tsx';
import type { RowKey } from '../../components/selection.ts';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { AddRule } from './add-rule.tsx';
import type { RuleFile } from './draft.ts';
import { namesIn } from './names-in.ts';
import { ruleColumns } from './rule-columns.tsx';
import { RuleForm } from './rule-form.tsx';
import type { RulePlace } from './rule-form.tsx';
import {
  insertion,
  move,
  moveBefore,
  removal,
  removeAll,
  replacement,
  ruleName,
  ruleRows,
  selectRules,
  toggle,
  toggleAll,
} from './rule-rows.ts';
import type { RuleRow } from './rule-rows.ts';
import { RuleSelection } from './rule-selection.tsx';
import { useHits } from './use-hits.ts';
import { useRuleEdits } from './use-rule-edits.ts';

const NONE: ReadonlySet<RowKey> = new Set();

export function RuleTable({ open }: { readonly open: RuleFile }): ReactNode {
  const { t } = useI18n();
  const { file, draft } = open;
  const [filter, setFilter] = useState('');
  const [selected, setSelected] = useState(NONE);
  /** What is in the form: a row, a new rule, or nothing. */
  const [shown, setShown] = useState<RuleRow | 'new' | null>(null);
  const text = useDeferredValue(filter);
  const hits = useHits(file.hash);
  const { edit, editRows } = useRuleEdits();
  const all = useMemo(() => ruleRows(file.rules, hits), [file.rules, hits]);
  const rows = useMemo(() => selectRules(all, text), [all, text]);
  const names = useMemo(() => namesIn(file.text), [file.text]);
  const chosen = useMemo(() => rows.filter(({ key }) => selected.has(key)), [rows, selected]);
  const isHeld = draft !== null;

  const actions = useMemo(() => {
    const present = <T,>(one: T | null): T[] => (one === null ? [] : [one]);
    return {
      isHeld,
      count: all.length,
      onToggle: ({ key }: RuleRow) => void editRows([key], (found) => found.map(toggle)),
      onMove: ({ key }: RuleRow, by: -1 | 1) =>
        void editRows([key], (found, now) =>
          found.flatMap((row) => present(move(row, by, now.length))),
        ),
      onRemove: ({ key }: RuleRow) => void editRows([key], (found) => found.map(removal)),
      onDrop: (from: number, before: number) => {
        const [row, other] = [rows[from], rows[before]];
        // Behind the last of those that are shown is before whatever follows it.
        const behind = other ?? all[(rows.at(-1)?.at ?? all.length) + 1];
        if (row === undefined) return;
        void editRows([row.key], (found, now) => {
          const target = now.find(({ key }) => key === behind?.key);
          return found.flatMap((one) => present(moveBefore(one, target, now.length)));
        });
      },
    };
  }, [isHeld, all, rows, editRows]);
  const columns = useMemo(() => ruleColumns(t, actions), [t, actions]);

  function onKey(event: KeyboardEvent, row: RuleRow): void {
    const isArrow = event.key === 'ArrowUp' || event.key === 'ArrowDown';
    if (event.altKey && isArrow) actions.onMove(row, event.key === 'ArrowUp' ? -1 : 1);
    else if (event.key === ' ' && !event.ctrlKey) actions.onToggle(row);
    else if (event.key === 'Delete') actions.onRemove(row);
    else return;
    event.preventDefault();
  }

  function save(rule: string, place: RulePlace): Promise<boolean> {
    if (shown === 'new' || shown === null) {
      return edit((rules) =>
        place === 'first' ? [{ op: 'insert', rule, at: 0 }] : [insertion(rules, rule)],
      );
    }
    return editRows([shown.key], (found) => found.map((row) => replacement(row, rule)));
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
      {isHeld && <Alert color="orange">{t('rules.saveFirst')}</Alert>}
      <ListBar filter={filter} onFilter={setFilter} count={rows.length} />
      {chosen.length === 0 ? (
        <AddRule
          isHeld={isHeld}
          onAdd={(rule) => edit((rules) => [insertion(rules, rule)])}
          onForm={() => setShown('new')}
        />
      ) : (
        <RuleSelection
          rows={chosen}
          isHeld={isHeld}
          onToggle={(isOn) => void editRows(keysOf(chosen), (found) => toggleAll(found, isOn))}
          onRemove={() => void editRows(keysOf(chosen), removeAll)}
          onClear={() => setSelected(NONE)}
        />
      )}
      <DataTable<RuleRow>
        label={t('nav.rules')}
        rows={rows}
        keyOf={({ key }) => key}
        columns={columns}
        sorting={null}
        onKey={onKey}
        onOpen={(row) => {
          if (!isHeld && row.text !== null) setShown(row);
        }}
        selection={{ keys: selected, onChange: setSelected, nameOf: ruleName }}
        around={310}
        emptyText={text === '' ? t('rules.empty') : t('list.nothing')}
      />
      <Text size="xs" c="dimmed" visibleFrom="sm">
        <Kbd>Space</Kbd> {t('rules.key.toggle')} · <Kbd>Enter</Kbd> {t('rules.key.change')} ·{' '}
        <Kbd>Alt</Kbd> + <Kbd>↑</Kbd> <Kbd>↓</Kbd> {t('rules.key.move')} · <Kbd>Shift</Kbd> +{' '}
        <Kbd>↑</Kbd> <Kbd>↓</Kbd> {t('rules.key.select')} · <Kbd>Delete</Kbd>{' '}
        {t('rules.key.remove')}
      </Text>
      <RuleForm
        rule={shown === 'new' ? '' : (shown?.text ?? null)}
        names={names}
        onSave={save}
        onClose={() => setShown(null)}
      />
    </>
  );
}

function keysOf(rows: readonly RuleRow[]): string[] {
  return rows.map(({ key }) => key);
}
