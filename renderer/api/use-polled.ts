/** An answer of core, asked for again and again while somebody looks. */
import { useCallback, useRef, useState } from 'react';
import { ApiFailure } from './failure.ts';
import { useRepeated } from './use-repeated.ts';

interface Latest<Answer> {
  /** Null until there is one; that to the question before until there is another. */
  readonly value: Answer | null;
  /** Why the latest question had none. */
  readonly failure: ApiFailure | null;
}

export interface Polled<Answer> extends Latest<Answer> {
  /** Asks at once: something has changed. */
  readonly lookAgain: () => Promise<void>;
}

/** `ask` is the same function while the question is the same. */
export function usePolled<Answer>(ask: () => Promise<Answer>, pauseMs: number): Polled<Answer> {
  const [latest, setLatest] = useState<Latest<Answer>>({ value: null, failure: null });
  const turn = useRef(0);
  const lookAgain = useCallback(() => {
    turn.current += 1;
    const mine = turn.current;
    return ask().then(
      (value) => {
        if (mine === turn.current) setLatest({ value, failure: null });
      },
      (cause: unknown) => {
        const failure = cause instanceof ApiFailure ? cause : ApiFailure.offline();
        if (mine === turn.current) setLatest(({ value }) => ({ value, failure }));
      },
    );
  }, [ask]);
  useRepeated(lookAgain, pauseMs);
  return { ...latest, lookAgain };
}
