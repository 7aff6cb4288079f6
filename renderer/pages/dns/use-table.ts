/** A table that core searches: asked for again when the search changes, and while the page is looked at. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { useDebouncedValue } from '@mantine/hooks';

export interface Table<Entry> {
  readonly entries: readonly Entry[];
  /** Entries that the search matches, shown or not. */
  readonly matched: number;
}

interface Shown<Entry> {
  /** Null until core has told it. */
  readonly table: Table<Entry> | null;
  readonly lookAgain: () => void;
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
    ask(settled.trim()).then(
      (told) => {
        if (turn === latest.current) setTable(told);
      },
      // A core that is gone is told of above the page.
      () => undefined,
    );
  }, [ask, settled]);

  useEffect(() => {
    lookAgain();
    const timer = setInterval(() => {
      if (!document.hidden) lookAgain();
    }, LOOK_MS);
    return () => {
      clearInterval(timer);
      latest.current += 1;
    };
  }, [lookAgain]);
  return { table, lookAgain };
}
