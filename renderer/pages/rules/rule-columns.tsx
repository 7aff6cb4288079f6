/** The columns of the list of rules. */
import { IconArrowDown, IconArrowUp, IconGripVertical, IconTrash } from '@tabler/icons-react';
import { dragRow } from '../../components/drag-row.ts';
import type { TableColumn } from '../../components/data-table.tsx';
import type { Translate } from '../../i18n/translate.ts';
import { ruleName } from './rule-rows.ts';
import { RuleText } from './rule-text.tsx';
import type { RuleRow } from './rule-rows.ts';
import classes from './rules.module.css';

export interface RuleActions {
  /** Nothing can be changed now. */
  readonly isHeld: boolean;
  readonly count: number;
  readonly onToggle: (row: RuleRow) => void;
  readonly onMove: (row: RuleRow, by: -1 | 1) => void;
  readonly onRemove: (row: RuleRow) => void;
  /** A row was let go before another, both by their places among those shown. */
  readonly onDrop: (from: number, before: number) => void;
}

export function ruleColumns(t: Translate, actions: RuleActions): readonly TableColumn<RuleRow>[] {
  return [
    {
      id: 'drag',
      title: '',
      width: 20,
      isEssential: true,
      text: () => '',
      // Keys move a rule, too, and so do its buttons: nobody needs to hear of the handle.
      render: () => (
        <span
          aria-hidden
          className={classes.handle}
          data-held={actions.isHeld || undefined}
          onPointerDown={(event) => dragRow(event, actions.onDrop)}
        >
          <IconGripVertical size={14} />
        </span>
      ),
    },
    {
      id: 'enabled',
      title: t('rules.column.enabled'),
      width: 56,
      isEssential: true,
      text: ({ enabled }) => (enabled ? t('rules.on') : t('rules.off')),
      render: (row) => (
        // A list of thousands scrolls by dozens of rows a frame: its controls are those of the browser.
        <input
          type="checkbox"
          role="switch"
          className={classes.switch}
          checked={row.enabled}
          disabled={actions.isHeld}
          aria-label={t('rules.enable', { rule: ruleName(row) })}
          onChange={() => actions.onToggle(row)}
        />
      ),
    },
    {
      id: 'line',
      title: t('rules.column.line'),
      width: 60,
      isNumber: true,
      text: ({ line }) => String(line),
    },
    {
      id: 'rule',
      title: t('rules.column.rule'),
      width: 260,
      grows: true,
      isEssential: true,
      text: ruleName,
      render: (row) => (
        <span className={row.enabled ? 'mono' : `mono ${classes.disabled}`}>
          {row.enabled ? <RuleText text={ruleName(row)} /> : ruleName(row)}
        </span>
      ),
    },
    {
      id: 'hits',
      title: t('rules.column.hits'),
      width: 80,
      isNumber: true,
      text: ({ hit }) => (hit === null ? '' : String(hit.count)),
    },
    {
      // Where it is narrow the rule itself needs the room; the handle, the selection and keys do the same.
      id: 'actions',
      title: t('rules.column.actions'),
      width: 84,
      text: () => '',
      render: (row) => <RowActions row={row} actions={actions} t={t} />,
    },
  ];
}

function RowActions(props: {
  readonly row: RuleRow;
  readonly actions: RuleActions;
  readonly t: Translate;
}) {
  const { row, actions, t } = props;
  const { isHeld, count, onMove, onRemove } = actions;
  const rule = ruleName(row);
  const buttons = [
    {
      name: t('rules.moveUp', { rule }),
      Icon: IconArrowUp,
      isHeld: row.at === 0,
      onClick: () => onMove(row, -1),
    },
    {
      name: t('rules.moveDown', { rule }),
      Icon: IconArrowDown,
      isHeld: row.at === count - 1,
      onClick: () => onMove(row, 1),
    },
    {
      name: t('rules.remove', { rule }),
      Icon: IconTrash,
      isHeld: false,
      onClick: () => onRemove(row),
    },
  ];
  return (
    <span className={classes.actions}>
      {buttons.map(({ name, Icon, isHeld: isUseless, onClick }) => (
        <button
          key={name}
          type="button"
          className={classes.action}
          data-danger={Icon === IconTrash || undefined}
          aria-label={name}
          disabled={isHeld || isUseless}
          onClick={onClick}
        >
          <Icon size={14} />
        </button>
      ))}
    </span>
  );
}
