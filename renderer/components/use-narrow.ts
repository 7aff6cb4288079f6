/** Whether the screen is that of a phone, or a window as narrow: lists show less side by side. */
import { useMediaQuery } from '@mantine/hooks';

export function useIsNarrow(): boolean {
  return useMediaQuery('(max-width: 700px)') ?? false;
}
