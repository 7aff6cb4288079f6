/** How often each rule has decided, asked for again while the page is looked at. */
import { useCallback, useRef } from 'react';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { RuleHit } from '../../../core/api/rule-hits.ts';
import { call } from '../../api/client.ts';
import { usePolled } from '../../api/use-polled.ts';

const LOOK_MS = 2000;
const NONE: readonly RuleHit[] = [];

/** Of the rules in force, whose text has this hash. */
export function useHits(hash: string): readonly RuleHit[] {
  const latest = useRef(NONE);
  const ask = useCallback(async () => {
    const { hits } = await call(endpoints.ruleHits);
    // Where nothing was decided since, thousands of rows need not be made anew.
    if (!isSame(hits, latest.current)) latest.current = hits;
    return { hash, hits: latest.current };
  }, [hash]);
  const { value, failure } = usePolled(ask, LOOK_MS);
  // A core that is off counts nothing.
  return failure === null && value?.hash === hash ? value.hits : NONE;
}

function isSame(hits: readonly RuleHit[], before: readonly RuleHit[]): boolean {
  return (
    hits.length === before.length &&
    hits.every(({ line, count }, n) => line === before[n]?.line && count === before[n].count)
  );
}
