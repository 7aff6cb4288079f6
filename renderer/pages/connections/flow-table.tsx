/** The list itself. Only the rows in sight are in the page, so that thousands cost no more than a screenful. */
import { useRef } from 'react';
import type { ReactNode } from 'react';
import { Box, Center, Paper, Text, UnstyledButton } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import type { FlowInfo } from '../../../core/api/flows.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Flows } from '../../live/flows.ts';
import type { Column } from './columns.ts';
import classes from './flow-table.module.css';
import type { Sorting } from './select-flows.ts';

const ROW_HEIGHT = 32;

export interface FlowTableProps {
  readonly rows: readonly FlowInfo[];
  readonly flows: Flows;
  readonly columns: readonly Column[];
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
  readonly emptyText: string;
}

export function FlowTable(props: FlowTableProps): ReactNode {
  const { rows, flows, sorting, onSort, emptyText } = props;
  const { t } = useI18n();
  const isNarrow = useMediaQuery('(max-width: 700px)');
  const shown = isNarrow ? props.columns.filter(({ isEssential }) => isEssential) : props.columns;
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const template = shown
    .map(({ width, grows }) =>
      grows ? `minmax(${isNarrow ? 110 : width}px, 1fr)` : `${isNarrow ? 84 : width}px`,
    )
    .join(' ');
  return (
    <Paper
      withBorder
      ref={scroller}
      className={classes.scroller}
      tabIndex={0}
      aria-label={t('nav.connections')}
    >
      <div role="table" aria-rowcount={rows.length + 1}>
        <div role="row" className={classes.head} style={{ gridTemplateColumns: template }}>
          {shown.map((column) => (
            <HeadCell key={column.id} column={column} sorting={sorting} onSort={onSort} />
          ))}
        </div>
        <Box role="rowgroup" pos="relative" h={virtualizer.getTotalSize()}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const flow = rows[index];
            if (flow === undefined) return null;
            return (
              <div
                key={flow.id}
                role="row"
                aria-rowindex={index + 2}
                className={classes.row}
                style={{
                  gridTemplateColumns: template,
                  transform: `translateY(${start}px)`,
                  height: ROW_HEIGHT,
                }}
              >
                {shown.map((column) => {
                  const text = column.text(flow, flows, t);
                  return (
                    <div
                      key={column.id}
                      role="cell"
                      title={text}
                      className={column.isNumber ? classes.numberCell : classes.cell}
                    >
                      {text}
                    </div>
                  );
                })}
              </div>
            );
          })}
        </Box>
      </div>
      {rows.length === 0 && (
        <Center p="xl">
          <Text c="dimmed">{emptyText}</Text>
        </Center>
      )}
    </Paper>
  );
}

function HeadCell(props: {
  readonly column: Column;
  readonly sorting: Sorting;
  readonly onSort: (sorting: Sorting) => void;
}): ReactNode {
  const { column, sorting, onSort } = props;
  const { t } = useI18n();
  const isSorted = sorting.column === column.id;
  const ariaSort = isSorted ? (sorting.isDescending ? 'descending' : 'ascending') : 'none';
  return (
    <div
      role="columnheader"
      aria-sort={ariaSort}
      className={column.isNumber ? classes.numberCell : classes.cell}
    >
      <UnstyledButton
        fz="sm"
        fw={600}
        onClick={() =>
          onSort({ column: column.id, isDescending: isSorted && !sorting.isDescending })
        }
      >
        {t(column.title)}
        {isSorted &&
          (sorting.isDescending ? <IconChevronDown size={14} /> : <IconChevronUp size={14} />)}
      </UnstyledButton>
    </div>
  );
}
