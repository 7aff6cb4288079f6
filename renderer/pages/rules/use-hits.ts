/** How often each rule has decided, asked for again while the page is looked at. */
import { useEffect, useState } from 'react';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { RuleHit } from '../../../core/api/rule-hits.ts';
import { call } from '../../api/client.ts';

const LOOK_MS = 2000;
const NONE: readonly RuleHit[] = [];

/** Of the rules in force, whose text has this hash. */
export function useHits(hash: string): readonly RuleHit[] {
  const [hits, setHits] = useState({ hash, list: NONE });
  useEffect(() => {
    let isOpen = true;
    const look = (): void => {
      if (document.hidden) return;
      call(endpoints.ruleHits).then(
        ({ hits: list }) => {
          if (isOpen) setHits({ hash, list });
        },
        // A core that is off counts nothing.
        () => {
          if (isOpen) setHits({ hash, list: NONE });
        },
      );
    };
    look();
    const timer = setInterval(look, LOOK_MS);
    return () => {
      isOpen = false;
      clearInterval(timer);
    };
  }, [hash]);
  return hits.hash === hash ? hits.list : NONE;
}
