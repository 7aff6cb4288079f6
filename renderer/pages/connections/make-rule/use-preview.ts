/** What a rule would change, asked of core a moment after it was put together. */
import { useEffect, useState } from 'react';
import { endpoints } from '../../../../core/api/endpoints.ts';
import type { RulePreview } from '../../../../core/api/rule-preview.ts';
import { call } from '../../../api/client.ts';
import { toldBy } from '../../../i18n/meaning.ts';
import type { Told } from '../../../i18n/meaning.ts';

export interface PreviewState {
  /** Null until core has told it. */
  readonly value: RulePreview | null;
  /** It is of the rule before. */
  readonly isOld: boolean;
  readonly failure: Told | null;
}

/** Who goes through the choices by keys asks for the last one alone. */
const WAIT_MS = 200;

export function usePreview(rule: string, at: number, ids: readonly number[]): PreviewState {
  const [state, setState] = useState<PreviewState>({ value: null, isOld: true, failure: null });
  useEffect(() => {
    let isLatest = true;
    setState((before) => ({ ...before, isOld: true }));
    const timer = setTimeout(() => {
      call(endpoints.previewRule, { body: { rule, at, ids } }).then(
        (value) => isLatest && setState({ value, isOld: false, failure: null }),
        (cause: unknown) => {
          const failure = toldBy(cause);
          if (isLatest) setState({ value: null, isOld: false, failure });
        },
      );
    }, WAIT_MS);
    return () => {
      isLatest = false;
      clearTimeout(timer);
    };
  }, [rule, at, ids]);
  return state;
}
