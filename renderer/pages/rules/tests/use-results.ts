/** What becomes of each case: run again when the cases, the rules in force or the text that is typed change. */
import { useEffect, useState } from 'react';
import { useDebouncedValue } from '@mantine/hooks';
import { endpoints } from '../../../../core/api/endpoints.ts';
import type { RuleCase, RuleCaseResult, RuleTestStart } from '../../../../core/api/rule-tests.ts';
import { follow } from '../../../api/client.ts';
import { ApiFailure } from '../../../api/failure.ts';

export interface Results {
  readonly start: RuleTestStart | null;
  /** By the index of the case. */
  readonly byIndex: ReadonlyMap<number, RuleCaseResult>;
  readonly failure: ApiFailure | null;
}

const NOTHING: Results = { start: null, byIndex: new Map(), failure: null };
/** How long nothing is typed before the cases are run. */
const PAUSE_MS = 500;

/** `text` null: the rules in force, whose text has this hash. `round` grows when it is to be run again. */
export function useResults(
  cases: readonly RuleCase[],
  text: string | null,
  hash: string,
  round: number,
): Results {
  const [results, setResults] = useState(NOTHING);
  const [settled] = useDebouncedValue(text, PAUSE_MS);

  useEffect(() => {
    if (cases.length === 0) {
      setResults(NOTHING);
      return undefined;
    }
    const stop = new AbortController();
    void run(cases, settled, setResults, stop.signal);
    return () => stop.abort();
  }, [cases, settled, hash, round]);
  return results;
}

async function run(
  cases: readonly RuleCase[],
  text: string | null,
  tell: (results: Results) => void,
  signal: AbortSignal,
): Promise<void> {
  const byIndex = new Map<number, RuleCaseResult>();
  let start: RuleTestStart | null = null;
  let failure: ApiFailure | null = null;
  try {
    const body = text === null ? { cases } : { cases, text };
    await follow(
      endpoints.testRules,
      { body },
      (line) => {
        if (line.kind === 'start') start = line;
        else byIndex.set(line.index, line);
      },
      signal,
    );
  } catch (cause) {
    if (signal.aborted) return;
    if (!(cause instanceof ApiFailure)) throw cause;
    failure = cause;
  }
  if (!signal.aborted) tell({ start, byIndex, failure });
}
