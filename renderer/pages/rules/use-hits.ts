/** How often each rule has decided, asked for again while the page is looked at. */
import { useCallback } from 'react';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { RuleHit } from '../../../core/api/rule-hits.ts';
import { call } from '../../api/client.ts';
import { usePolled } from '../../api/use-polled.ts';

const LOOK_MS = 2000;
const NONE: readonly RuleHit[] = [];

/** Of the rules in force, whose text has this hash. */
export function useHits(hash: string): readonly RuleHit[] {
  const ask = useCallback(
    async () => ({ hash, hits: (await call(endpoints.ruleHits)).hits }),
    [hash],
  );
  const { value, failure } = usePolled(ask, LOOK_MS);
  // A core that is off counts nothing.
  return failure === null && value?.hash === hash ? value.hits : NONE;
}
