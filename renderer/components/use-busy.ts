/** Work that a press of a button begins: whether it goes on, and a notice where it fails. */
import { useCallback, useState } from 'react';
import { showFailure } from './show-failure.tsx';

type Begin = (work: () => Promise<unknown>) => void;

export function useBusy(): readonly [isBusy: boolean, begin: Begin] {
  const [isBusy, setIsBusy] = useState(false);
  const begin = useCallback<Begin>((work) => {
    setIsBusy(true);
    work()
      .catch(showFailure)
      .finally(() => setIsBusy(false));
  }, []);
  return [isBusy, begin];
}
