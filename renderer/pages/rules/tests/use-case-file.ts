/** The table of expectations that core keeps beside the configuration. Each change is written at once. */
import { useCallback, useRef, useState } from 'react';
import { endpoints } from '../../../../core/api/endpoints.ts';
import type { RuleCase, RuleCaseFile } from '../../../../core/api/rule-tests.ts';
import { call } from '../../../api/client.ts';
import { useRepeated } from '../../../api/use-repeated.ts';
import { showFailure } from '../../../components/show-failure.tsx';

interface CaseFile {
  /** Null until core has told it. */
  readonly file: RuleCaseFile | null;
  /** Resolves to whether it was written. */
  readonly change: (make: (cases: readonly RuleCase[]) => readonly RuleCase[]) => Promise<boolean>;
}

const LOOK_MS = 5000;

export function useCaseFile(): CaseFile {
  const [file, setFile] = useState<RuleCaseFile | null>(null);
  const latest = useRef<RuleCaseFile | null>(null);
  const turn = useRef(Promise.resolve(true));

  const take = useCallback((told: RuleCaseFile) => {
    // The same text is the same object: nothing is run again for it.
    if (latest.current?.hash === told.hash) return;
    latest.current = told;
    setFile(told);
  }, []);

  const look = useCallback(
    // A core that is gone is told of above the page.
    () => call(endpoints.ruleCases).then(take, () => undefined),
    [take],
  );

  useRepeated(look, LOOK_MS);

  const change = useCallback<CaseFile['change']>(
    (make) => {
      turn.current = turn.current.then(async () => {
        const before = latest.current;
        if (before === null) return false;
        try {
          const body = { cases: make(before.cases), hash: before.hash };
          take(await call(endpoints.putRuleCases, { body }));
          return true;
        } catch (cause) {
          showFailure(cause);
          // Somebody else has changed it: theirs is shown.
          await look();
          return false;
        }
      });
      return turn.current;
    },
    [look, take],
  );
  return { file, change };
}
