/** The boxes by which rows of a list are selected. The list hears their clicks. */
import type { ReactNode } from 'react';
import { useI18n } from '../i18n/i18n.tsx';
import classes from './data-table.module.css';
import type { RowKey, Selection } from './selection.ts';

/** Not a stop of the Tab key: in the list, Space does the same. */
export function SelectRow(props: {
  readonly name: string;
  readonly isSelected: boolean;
}): ReactNode {
  const { t } = useI18n();
  return (
    <div role="gridcell">
      <input
        type="checkbox"
        className={classes.select}
        tabIndex={-1}
        checked={props.isSelected}
        readOnly
        aria-label={t('list.select', { name: props.name })}
      />
    </div>
  );
}

export function SelectAll<Row>(props: {
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => RowKey;
  readonly selection: Selection<Row>;
}): ReactNode {
  const { rows, keyOf, selection } = props;
  const { t } = useI18n();
  const { size } = selection.keys;
  const isAll = size > 0 && rows.every((row) => selection.keys.has(keyOf(row)));
  return (
    <div role="columnheader">
      <input
        type="checkbox"
        className={classes.select}
        checked={isAll}
        ref={(box) => {
          if (box !== null) box.indeterminate = size > 0 && !isAll;
        }}
        onChange={() => selection.onChange(new Set(isAll ? [] : rows.map(keyOf)))}
        disabled={rows.length === 0}
        aria-label={t('list.selectAll')}
      />
    </div>
  );
}
