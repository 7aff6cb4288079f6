/** The revisions of the file, told again when its text is another. */
import { useEffect, useState } from 'react';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { History } from '../../../core/api/edit.ts';
import { call } from '../../api/client.ts';

/** Null until core has told it. */
export function useHistory(hash: string): History | null {
  const [history, setHistory] = useState<History | null>(null);
  useEffect(() => {
    let isLatest = true;
    call(endpoints.history).then(
      (told) => {
        if (isLatest) setHistory(told);
      },
      // Why core does not tell it is said above, where the file is asked for.
      () => undefined,
    );
    return () => {
      isLatest = false;
    };
  }, [hash]);
  return history;
}
