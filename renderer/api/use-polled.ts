/** The answer of an endpoint that takes nothing, asked again and again while somebody looks. */
import { useCallback, useState } from 'react';
import type { Endpoint } from '../../core/api/endpoint.ts';
import { call } from './client.ts';
import { ApiFailure } from './failure.ts';
import { useRepeated } from './use-repeated.ts';

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
  const ask = useCallback(
    () =>
      call(endpoint).then(
        (value) => setPolled({ value, failure: null }),
        (cause: unknown) => {
          const failure = cause instanceof ApiFailure ? cause : ApiFailure.offline();
          setPolled(({ value }) => ({ value, failure }));
        },
      ),
    [endpoint],
  );
  useRepeated(ask, intervalMs);
  return polled;
}
