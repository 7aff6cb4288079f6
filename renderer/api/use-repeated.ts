/** Asking core again and again while somebody looks. */
import { useEffect } from 'react';

/** Calls `look`, and again so long after each answer; a tab that nobody sees costs nothing. `look` does not reject. */
export function useRepeated(look: () => Promise<void>, pauseMs: number): void {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    let isOver = false;
    const wait = (): void => {
      if (!isOver) timer = setTimeout(next, pauseMs);
    };
    const next = (): void => void (document.hidden ? wait() : look().then(wait));
    void look().then(wait);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [look, pauseMs]);
}
