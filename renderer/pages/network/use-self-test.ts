/** The self test as the page sees it: the latest that core has made, and one that is under way. */
import { useCallback, useEffect, useRef, useState } from 'react';
import type { CheckName, CheckResult, DoctorStep } from '../../../core/api/doctor.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call, follow } from '../../api/client.ts';
import { toldBy } from '../../i18n/meaning.ts';
import type { Told } from '../../i18n/meaning.ts';

export interface SelfTest {
  /** When the results were there, RFC 3339; null: there are none, or not all yet. */
  readonly time: string | null;
  /** The checks of the run under way, or of the latest. */
  readonly checks: readonly CheckName[];
  readonly results: ReadonlyMap<CheckName, CheckResult>;
  /** Null: none is under way. */
  readonly running: CheckName | 'beginning' | null;
  /** Why it could not be made; null: it could. */
  readonly failure: Told | null;
}

const NOTHING: SelfTest = {
  time: null,
  checks: [],
  results: new Map(),
  running: null,
  failure: null,
};

export interface SelfTestControl extends SelfTest {
  /** All checks, or some, whose results replace theirs. Leaving the page ends it. */
  readonly run: (checks?: readonly CheckName[]) => void;
  readonly stop: () => void;
}

export function useSelfTest(): SelfTestControl {
  const [test, setTest] = useState<SelfTest>(NOTHING);
  const current = useRef<AbortController | null>(null);

  useEffect(() => {
    call(endpoints.lastDoctor).then(
      ({ report }) => {
        if (report === null || current.current !== null) return;
        setTest((before) => (before.checks.length > 0 ? before : fromReport(report)));
      },
      // Core is gone, which the page says already.
      () => undefined,
    );
    return () => current.current?.abort();
  }, []);

  const run = useCallback((checks?: readonly CheckName[]) => {
    current.current?.abort();
    const abort = new AbortController();
    current.current = abort;
    setTest((before) => ({
      ...before,
      running: 'beginning',
      failure: null,
      ...(checks === undefined ? { results: new Map(), checks: [], time: null } : {}),
    }));
    const body = checks === undefined ? {} : { checks };
    const onStep = (step: DoctorStep): void => setTest((before) => afterStep(before, step));
    follow(endpoints.doctor, { body }, onStep, abort.signal)
      .then(
        () => setTest((before) => ({ ...before, time: new Date().toISOString() })),
        (cause: unknown) => {
          const failure = toldBy(cause);
          if (!abort.signal.aborted) setTest((before) => ({ ...before, failure }));
        },
      )
      .finally(() => {
        if (current.current !== abort) return;
        current.current = null;
        setTest((before) => ({ ...before, running: null }));
      });
  }, []);

  const stop = useCallback(() => current.current?.abort(), []);
  return { ...test, run, stop };
}

function fromReport({
  time,
  results,
}: {
  readonly time: string;
  readonly results: readonly CheckResult[];
}): SelfTest {
  return {
    ...NOTHING,
    time,
    checks: results.map(({ check }) => check),
    results: new Map(results.map((result) => [result.check, result])),
  };
}

/** What is known after a line of the stream. Pure. */
function afterStep(before: SelfTest, step: DoctorStep): SelfTest {
  switch (step.kind) {
    case 'plan': {
      const added = step.checks.filter((check) => !before.checks.includes(check));
      return { ...before, checks: [...before.checks, ...added] };
    }
    case 'begin':
      return { ...before, running: step.check };
    case 'end': {
      const { result } = step;
      return { ...before, results: new Map([...before.results, [result.check, result]]) };
    }
  }
}
