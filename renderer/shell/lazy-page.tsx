/** A page that is loaded when it is first wanted, and drawn at once when it is there. */
import { lazy, useState } from 'react';
import type { ComponentType, ReactNode } from 'react';

export interface LazyPage {
  readonly component: ComponentType;
  readonly isLoaded: () => boolean;
  /** Rejects where core does not answer. */
  readonly load: () => Promise<unknown>;
}

export function lazyPage(fetch: () => Promise<ComponentType>): LazyPage {
  let loaded: ComponentType | null = null;
  const load = async (): Promise<ComponentType> => (loaded ??= await fetch());
  const Lazy = lazy(async () => ({ default: await load() }));

  function Page(): ReactNode {
    // What React had to show a loader for it holds back for 0.3 s.
    const [Shown] = useState<ComponentType>(() => loaded ?? Lazy);
    return <Shown />;
  }
  return { component: Page, isLoaded: () => loaded !== null, load };
}
