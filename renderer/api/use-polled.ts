/** The answer of an endpoint that takes nothing, asked again and again while somebody looks. */
import { useEffect, useState } from 'react';
import type { Endpoint } from '../../core/api/endpoint.ts';
import { call } from './client.ts';
import { ApiFailure } from './failure.ts';

export interface Polled<Answer> {
  /** The latest answer; null until there is one. */
  readonly value: Answer | null;
  /** Why the latest question had none. */
  readonly failure: ApiFailure | null;
}

export function usePolled<Answer>(
  endpoint: Endpoint<undefined, undefined, undefined, Answer, 'once'>,
  intervalMs: number,
): Polled<Answer> {
  const [polled, setPolled] = useState<Polled<Answer>>({ value: null, failure: null });
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let isOver = false;
    const ask = async (): Promise<void> => {
      // A tab that nobody sees costs nothing.
      if (!document.hidden) {
        try {
          const value = await call(endpoint);
          if (!isOver) setPolled({ value, failure: null });
        } catch (cause) {
          const failure = cause instanceof ApiFailure ? cause : ApiFailure.offline();
          if (!isOver) setPolled(({ value }) => ({ value, failure }));
        }
      }
      if (!isOver) timer = setTimeout(() => void ask(), intervalMs);
    };
    void ask();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [endpoint, intervalMs]);
  return polled;
}
