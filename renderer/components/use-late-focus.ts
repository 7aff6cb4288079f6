/** Where typing begins in what opens, or is loaded into it. */
import { useEffect, useRef } from 'react';
import type { RefObject } from 'react';

/**
 * Of the element that is to have the focus. It gets it after the drawer around it has remembered who
 * had it before, and gives it back to him: `autoFocus` would come too soon.
 */
export function useLateFocus<One extends HTMLElement>(isWanted: boolean): RefObject<One | null> {
  const ref = useRef<One>(null);
  useEffect(() => {
    if (!isWanted) return undefined;
    const timer = setTimeout(() => ref.current?.focus());
    return () => clearTimeout(timer);
  }, [isWanted]);
  return ref;
}
