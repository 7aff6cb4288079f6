/** Which columns of the connections are shown: on a narrow screen others than on a wide one, as each was left. */
import { useMemo } from 'react';
import { useLocalStorage } from '@mantine/hooks';
import { columns } from './columns.ts';

export interface ShownColumns {
  readonly isShown: (id: string) => boolean;
  readonly toggle: (id: string) => void;
}

const WIDE = columns.filter(({ isExtra }) => !isExtra).map(({ id }) => id);
const NARROW = columns.filter(({ isEssential }) => isEssential).map(({ id }) => id);

export function useShownColumns(isNarrow: boolean): ShownColumns {
  const [wide, setWide] = useLocalStorage({
    key: 'sluice.connections.columns',
    defaultValue: WIDE,
  });
  const [narrow, setNarrow] = useLocalStorage({
    key: 'sluice.connections.columns.narrow',
    defaultValue: NARROW,
  });
  const [shown, setShown] = isNarrow ? [narrow, setNarrow] : [wide, setWide];
  return useMemo(
    () => ({
      isShown: (id) => shown.includes(id),
      toggle: (id) =>
        setShown(shown.includes(id) ? shown.filter((one) => one !== id) : [...shown, id]),
    }),
    [shown, setShown],
  );
}
