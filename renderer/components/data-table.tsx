/**
 * A list of rows with columns that sort. Only the rows in sight are in the page, so that
 * thousands cost no more than a screenful. The arrow keys move through it, Enter opens a row.
 */
import { useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import { Box, Center, Paper, Text, UnstyledButton } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import classes from './data-table.module.css';
import type { Sorting } from './sort-rows.ts';

const ROW_HEIGHT = 32;
/** Narrower than this, only essential columns are shown. */
const NARROW = '(max-width: 700px)';
const NARROW_WIDTH = 84;

export interface TableColumn<Row> {
  readonly id: string;
  readonly title: string;
  /** Pixels; what is left goes to the columns with `grows`. */
  readonly width: number;
  readonly grows?: true;
  readonly isNumber?: true;
  /** Shown on a narrow screen, too. */
  readonly isEssential?: true;
  /** One line of text, printable. */
  readonly text: (row: Row) => string;
  /** Shown in place of the text, which is then what it says without its looks. */
  readonly render?: (row: Row) => ReactNode;
  /** A colour of the theme, for what needs to be noticed. */
  readonly color?: (row: Row) => string | undefined;
}

export interface DataTableProps<Row> {
  readonly label: string;
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  readonly columns: readonly TableColumn<Row>[];
  /** Null: the rows have an order of their own. */
  readonly sorting: Sorting | null;
  readonly onSort?: (sorting: Sorting) => void;
  readonly onOpen?: (row: Row) => void;
  /** A key that the list itself has no use for, pressed on the selected row. */
  readonly onKey?: (event: KeyboardEvent, row: Row) => void;
  readonly emptyText: string;
  /** Pixels of the window that other things take. */
  readonly around?: number;
}

export function DataTable<Row>(props: DataTableProps<Row>): ReactNode {
  const { label, rows, keyOf, sorting, onSort, onOpen, onKey, emptyText, around = 150 } = props;
  const isNarrow = useMediaQuery(NARROW) ?? false;
  const columns = isNarrow ? props.columns.filter(({ isEssential }) => isEssential) : props.columns;
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<string | number | null>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
  });
  const template = columns.map((column) => widthOf(column, isNarrow)).join(' ');

  function onKeyDown(event: KeyboardEvent): void {
    const at = rows.findIndex((row) => keyOf(row) === current);
    const row = rows[at];
    // Keys of what is in a cell are its own.
    if (event.target !== event.currentTarget) return;
    if (row !== undefined) onKey?.(event, row);
    if (event.defaultPrevented) return;
    if (event.key === 'Enter' && row !== undefined) onOpen?.(row);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
    const target = next === undefined ? undefined : rows[Math.max(0, next)];
    if (next === undefined || target === undefined) return;
    event.preventDefault();
    setCurrent(keyOf(target));
    virtualizer.scrollToIndex(Math.max(0, next));
  }

  return (
    <Paper withBorder ref={scroller} className={classes.scroller} h={`calc(100vh - ${around}px)`}>
      <div
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={rows.length + 1}
        className={classes.grid}
        onKeyDown={onKeyDown}
      >
        <div
          role="row"
          aria-rowindex={1}
          className={classes.head}
          style={{ gridTemplateColumns: template }}
        >
          {columns.map((column) => (
            <HeadCell key={column.id} column={column} sorting={sorting} onSort={onSort} />
          ))}
        </div>
        <Box role="rowgroup" pos="relative" h={virtualizer.getTotalSize()}>
          {virtualizer.getVirtualItems().map(({ index, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const key = keyOf(row);
            return (
              <div
                key={key}
                role="row"
                aria-rowindex={index + 2}
                aria-selected={key === current}
                className={classes.row}
                data-opens={onOpen === undefined ? undefined : true}
                style={{
                  gridTemplateColumns: template,
                  transform: `translateY(${start}px)`,
                  height: ROW_HEIGHT,
                }}
                onClick={() => {
                  setCurrent(key);
                  onOpen?.(row);
                }}
              >
                {columns.map((column) => (
                  <Cell key={column.id} column={column} row={row} />
                ))}
              </div>
            );
          })}
        </Box>
      </div>
      {rows.length === 0 && (
        <Center p="xl">
          <Text c="dimmed" ta="center">
            {emptyText}
          </Text>
        </Center>
      )}
    </Paper>
  );
}

function Cell<Row>({
  column,
  row,
}: {
  readonly column: TableColumn<Row>;
  readonly row: Row;
}): ReactNode {
  const text = column.text(row);
  const color = column.color?.(row);
  return (
    <div
      role="gridcell"
      title={text}
      className={column.isNumber ? classes.numberCell : classes.cell}
      style={color === undefined ? undefined : { color: `var(--mantine-color-${color}-text)` }}
    >
      {column.render?.(row) ?? text}
    </div>
  );
}

function HeadCell<Row>(props: {
  readonly column: TableColumn<Row>;
  readonly sorting: Sorting | null;
  readonly onSort: ((sorting: Sorting) => void) | undefined;
}): ReactNode {
  const { column, sorting, onSort } = props;
  const isSorted = sorting?.column === column.id;
  const isDescending = isSorted && sorting.isDescending;
  const className = column.isNumber ? classes.numberCell : classes.cell;
  if (sorting === null || onSort === undefined) {
    return (
      <div role="columnheader" className={className}>
        <Text fz="sm" fw={600}>
          {column.title}
        </Text>
      </div>
    );
  }
  const order = isDescending ? 'descending' : 'ascending';
  const Chevron = isDescending ? IconChevronDown : IconChevronUp;
  return (
    <div role="columnheader" aria-sort={isSorted ? order : 'none'} className={className}>
      <UnstyledButton
        fz="sm"
        fw={600}
        onClick={() => onSort({ column: column.id, isDescending: isSorted && !isDescending })}
      >
        {column.title}
        {isSorted && <Chevron size={14} />}
      </UnstyledButton>
    </div>
  );
}

function widthOf<Row>({ width, grows }: TableColumn<Row>, isNarrow: boolean): string {
  if (grows) return `minmax(${isNarrow ? NARROW_WIDTH : width}px, 1fr)`;
  return `${isNarrow ? Math.min(width, NARROW_WIDTH) : width}px`;
}
