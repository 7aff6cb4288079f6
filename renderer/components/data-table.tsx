/**
 * A list of rows with columns that sort. Only the rows in sight are in the page, so that
 * thousands cost no more than a screenful. The arrow keys move through it, Enter opens a row;
 * where rows can be selected, Space, Shift and Ctrl do as in a file manager.
 */
import { memo, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, MouseEvent, ReactNode } from 'react';
import { Box, Center, Paper, Text, UnstyledButton } from '@mantine/core';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useVirtualizer } from '@tanstack/react-virtual';
import classes from './data-table.module.css';
import { SelectAll, SelectRow } from './select-box.tsx';
import { between, toggled } from './selection.ts';
import type { RowKey, Selection } from './selection.ts';
import type { Sorting } from './sort-rows.ts';
import { useIsNarrow } from './use-narrow.ts';

const ROW_HEIGHT = 32;
const HEAD_HEIGHT = 36;
/** Of a column on a narrow screen, which shows only essential ones. */
const NARROW_WIDTH = 84;
/** What is left free at the end of the page. */
const BELOW = 16;
const SELECT_WIDTH = '20px';

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
  readonly keyOf: (row: Row) => RowKey;
  /** What stays the same object is not drawn again while one scrolls. */
  readonly columns: readonly TableColumn<Row>[];
  /** Null: the rows have an order of their own. */
  readonly sorting: Sorting | null;
  readonly onSort?: (sorting: Sorting) => void;
  readonly onOpen?: (row: Row) => void;
  /** A key that the list itself has no use for, pressed on the selected row. */
  readonly onKey?: (event: KeyboardEvent, row: Row) => void;
  /** Null or absent: rows cannot be selected. */
  readonly selection?: Selection<Row> | null;
  readonly emptyText: string;
  /** Pixels of the window that other things take at least; what stands above the list is measured. */
  readonly around?: number;
  /** Among other things, it is no higher than its rows. */
  readonly isLow?: true;
}

export function DataTable<Row>(props: DataTableProps<Row>): ReactNode {
  const { label, rows, keyOf, sorting, onSort, onOpen, onKey, emptyText, around = 150 } = props;

  const { selection = null } = props;
  const isNarrow = useIsNarrow();
  const columns = useMemo(
    () => (isNarrow ? props.columns.filter(({ isEssential }) => isEssential) : props.columns),
    [props.columns, isNarrow],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<RowKey | null>(null);
  /** Where a range of selected rows begins. */
  const anchor = useRef<RowKey | null>(null);
  const virtualizer = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    // The head of the columns stands before the rows, and covers those that are scrolled below it.
    scrollPaddingEnd: HEAD_HEIGHT,
  });
  const at = useMemo(
    () => (current === null ? -1 : rows.findIndex((row) => keyOf(row) === current)),
    [rows, keyOf, current],
  );
  const [top, setTop] = useState(0);
  // What stands above wraps where it is narrow, and notices come and go.
  useLayoutEffect(() => {
    if (scroller.current === null) return;
    setTop(Math.round(scroller.current.getBoundingClientRect().top + window.scrollY));
  });
  const id = useId();
  const items = virtualizer.getVirtualItems();
  const widths = columns.map((column) => widthOf(column, isNarrow));
  const template = [...(selection === null ? [] : [SELECT_WIDTH]), ...widths].join(' ');

  function selectTo(key: RowKey): void {
    selection?.onChange(new Set(between(rows.map(keyOf), anchor.current ?? key, key)));
  }

  function toggle(key: RowKey): void {
    anchor.current = key;
    selection?.onChange(toggled(selection.keys, key));
  }

  function onKeyDown(event: KeyboardEvent): void {
    // Keys of what is in a cell are its own.
    if (event.target !== event.currentTarget) return;
    const row = rows[at];
    if (row !== undefined) onKey?.(event, row);
    if (event.defaultPrevented) return;
    if (event.key === 'Enter' && row !== undefined) onOpen?.(row);
    if (selection !== null && selectByKey(event, row)) event.preventDefault();
    const next = placeAfter(event.key, at, rows.length, scroller.current?.clientHeight ?? 0);
    const target = next === null ? undefined : rows[next];
    if (next === null || target === undefined) return;
    event.preventDefault();
    const key = keyOf(target);
    setCurrent(key);
    if (selection !== null && event.shiftKey) {
      anchor.current ??= row === undefined ? key : keyOf(row);
      selectTo(key);
    } else anchor.current = key;
    virtualizer.scrollToIndex(next);
  }

  /** Whether the key was one that selects. */
  function selectByKey(event: KeyboardEvent, row: Row | undefined): boolean {
    if (event.key === ' ' && row !== undefined) toggle(keyOf(row));
    else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) {
      selection?.onChange(new Set(rows.map(keyOf)));
    } else if (event.key === 'Escape' && selection !== null && selection.keys.size > 0) {
      selection.onChange(new Set());
    } else return false;
    return true;
  }

  /** One listener for all rows: they are drawn again less often than they would change theirs. */
  function onClick(event: MouseEvent<HTMLElement>): void {
    const { target } = event;
    if (!(target instanceof Element)) return;
    const row = rows[Number(target.closest('[role=row]')?.getAttribute('data-at') ?? NaN)];
    if (row === undefined) return;
    const key = keyOf(row);
    setCurrent(key);
    const isBox = target.matches(`.${classes['select'] ?? ''}`);
    // What is in a cell and can be pressed has its own use for that.
    if (!isBox && target.closest('button, a, input, label') !== null) return;
    if (selection !== null && event.shiftKey) selectTo(key);
    else if (selection !== null && (isBox || event.ctrlKey || event.metaKey)) toggle(key);
    else {
      anchor.current = key;
      onOpen?.(row);
    }
  }

  return (
    <Paper
      withBorder
      ref={scroller}
      className={classes.scroller}
      data-low={props.isLow}
      h={props.isLow ? 'auto' : `calc(100vh - ${Math.max(around, top + BELOW)}px)`}
    >
      <div
        role="grid"
        tabIndex={0}
        aria-label={label}
        aria-rowcount={rows.length + 1}
        // The keys stay with the list; who cannot see it hears of the row that they are at.
        aria-activedescendant={items.some(({ index }) => index === at) ? `${id}-${at}` : undefined}
        aria-multiselectable={selection === null ? undefined : true}
        className={classes.grid}
        onKeyDown={onKeyDown}
      >
        <div
          role="row"
          aria-rowindex={1}
          className={classes.head}
          style={{ gridTemplateColumns: template }}
        >
          {selection !== null && <SelectAll rows={rows} keyOf={keyOf} selection={selection} />}
          {columns.map((column) => (
            <HeadCell key={column.id} column={column} sorting={sorting} onSort={onSort} />
          ))}
        </div>
        <Box role="rowgroup" pos="relative" h={virtualizer.getTotalSize()} onClick={onClick}>
          {items.map(({ index, start }) => {
            const row = rows[index];
            if (row === undefined) return null;
            const key = keyOf(row);
            return (
              <TableRow<Row>
                key={key}
                id={`${id}-${index}`}
                row={row}
                columns={columns}
                template={template}
                index={index}
                start={start}
                opens={onOpen !== undefined}
                isCurrent={key === current}
                isSelected={selection === null ? null : selection.keys.has(key)}
                nameOf={selection?.nameOf}
              />
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

interface TableRowProps<Row> {
  readonly id: string;
  readonly row: Row;
  readonly columns: readonly TableColumn<Row>[];
  readonly template: string;
  readonly index: number;
  readonly start: number;
  readonly opens: boolean;
  readonly isCurrent: boolean;
  /** Null: rows cannot be selected. */
  readonly isSelected: boolean | null;
  readonly nameOf: ((row: Row) => string) | undefined;
}

/** Scrolling draws the rows that come into sight, not those that are there already. */
const TableRow = memo(PlainRow) as typeof PlainRow;

function PlainRow<Row>(props: TableRowProps<Row>): ReactNode {
  const { id, row, columns, template, index, start, opens, isCurrent, isSelected, nameOf } = props;
  return (
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      aria-selected={isSelected ?? isCurrent}
      data-at={index}
      data-current={isCurrent || undefined}
      className={classes.row}
      data-opens={opens || undefined}
      style={{
        gridTemplateColumns: template,
        transform: `translateY(${start}px)`,
        height: ROW_HEIGHT,
      }}
    >
      {isSelected !== null && <SelectRow name={nameOf?.(row) ?? ''} isSelected={isSelected} />}
      {columns.map((column) => (
        <Cell key={column.id} column={column} row={row} />
      ))}
    </div>
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
        // Of numbers, the largest are looked for.
        onClick={() =>
          onSort({
            column: column.id,
            isDescending: isSorted ? !isDescending : column.isNumber === true,
          })
        }
      >
        {column.title}
        {isSorted && <Chevron size={14} />}
      </UnstyledButton>
    </div>
  );
}

/** Where a key leads from a place in the list, -1 from outside of it; null: it is no such key. */
function placeAfter(key: string, at: number, count: number, height: number): number | null {
  const page = Math.max(1, Math.floor((height - HEAD_HEIGHT) / ROW_HEIGHT) - 1);
  const places: Readonly<Record<string, number>> = {
    ...{ ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: count - 1 },
    ...{ PageDown: at + page, PageUp: at - page },
  };
  const next = places[key];
  if (next === undefined || (key === 'ArrowDown' && next >= count)) return null;
  return Math.min(Math.max(0, next), count - 1);
}

function widthOf<Row>({ width, grows }: TableColumn<Row>, isNarrow: boolean): string {
  if (grows) return `minmax(${isNarrow ? NARROW_WIDTH : width}px, 1fr)`;
  return `${isNarrow ? Math.min(width, NARROW_WIDTH) : width}px`;
}
