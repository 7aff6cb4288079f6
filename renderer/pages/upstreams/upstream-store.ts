/** Proxies, groups and the providers of proxies, as core told them last; asked for again while somebody looks. */
import { useEffect, useSyncExternalStore } from 'react';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { ProxyProviderInfo } from '../../../core/api/providers.ts';
import type { ProxyList } from '../../../core/api/proxies.ts';
import { call } from '../../api/client.ts';
import { ApiFailure } from '../../api/failure.ts';

interface State {
  /** Null until core has told it. */
  readonly list: ProxyList | null;
  readonly providers: readonly ProxyProviderInfo[];
  readonly failure: ApiFailure | null;
}

const LOOK_MS = 2000;

let state: State = { list: null, providers: [], failure: null };
/** What `state` was made of: an answer that says nothing new draws nothing anew. */
let told = '';
const listeners = new Set<() => void>();

function set(next: State): void {
  state = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** As it is known at this moment. */
export function currentList(): ProxyList | null {
  return state.list;
}

/** Asks core again. What went wrong is in the state. */
export async function lookAgain(): Promise<void> {
  try {
    const [list, { proxies }] = await Promise.all([
      call(endpoints.proxies),
      call(endpoints.providers),
    ]);
    const text = JSON.stringify([list, proxies]);
    if (text === told && state.failure === null) return;
    told = text;
    set({ list, providers: proxies, failure: null });
  } catch (cause) {
    if (!(cause instanceof ApiFailure)) throw cause;
    set({ ...state, failure: cause });
  }
}

export function useUpstreams(): State {
  useEffect(() => {
    void lookAgain();
    const timer = setInterval(() => {
      if (!document.hidden) void lookAgain();
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  return useSyncExternalStore(subscribe, () => state);
}
