/** A table that core searches: asked for again when the search changes, and while the page is looked at. */
import { useCallback, useRef, useState } from 'react';
import { useDebouncedValue } from '@mantine/hooks';
import { useRepeated } from '../../api/use-repeated.ts';

export interface Table<Entry> {
  readonly entries: readonly Entry[];
  /** Entries that the search matches, shown or not. */
  readonly matched: number;
}

interface Shown<Entry> {
  /** Null until core has told it. */
  readonly table: Table<Entry> | null;
  readonly lookAgain: () => Promise<void>;
}

const LOOK_MS = 3000;
const TYPING_MS = 200;

/** `ask` is the same function at each call. */
export function useTable<Entry>(
  ask: (search: string) => Promise<Table<Entry>>,
  search: string,
): Shown<Entry> {
  const [table, setTable] = useState<Table<Entry> | null>(null);
  const [settled] = useDebouncedValue(search, TYPING_MS);
  const latest = useRef(0);

  const lookAgain = useCallback(() => {
    latest.current += 1;
    const turn = latest.current;
    return ask(settled.trim()).then(
      (told) => {
        if (turn === latest.current) setTable(told);
      },
      // A core that is gone is told of above the page.
      () => undefined,
    );
  }, [ask, settled]);

  useRepeated(lookAgain, LOOK_MS);
  return { table, lookAgain };
}
