/** Proxies, groups and the providers of proxies, as core told them last; asked for again while somebody looks. */
import { endpoints } from '../../../core/api/endpoints.ts';
import type { ProxyProviderInfo } from '../../../core/api/providers.ts';
import type { ProxyList } from '../../../core/api/proxies.ts';
import { call } from '../../api/client.ts';
import { ApiFailure } from '../../api/failure.ts';
import { useRepeated } from '../../api/use-repeated.ts';
import { Store, useStore } from '../../store.ts';

interface State {
  /** Null until core has told it. */
  readonly list: ProxyList | null;
  readonly providers: readonly ProxyProviderInfo[];
  readonly failure: ApiFailure | null;
}

const LOOK_MS = 2000;

const state = new Store<State>({ list: null, providers: [], failure: null });
/** What `state` was made of: an answer that says nothing new draws nothing anew. */
let told = '';

/** As it is known at this moment. */
export function currentList(): ProxyList | null {
  return state.value.list;
}

/** Asks core again. What went wrong is in the state. */
export async function lookAgain(): Promise<void> {
  try {
    const [list, { proxies }] = await Promise.all([
      call(endpoints.proxies),
      call(endpoints.providers),
    ]);
    const text = JSON.stringify([list, proxies]);
    if (text === told && state.value.failure === null) return;
    told = text;
    state.set({ list, providers: proxies, failure: null });
  } catch (cause) {
    if (!(cause instanceof ApiFailure)) throw cause;
    state.set({ ...state.value, failure: cause });
  }
}

export function useUpstreams(): State {
  useRepeated(lookAgain, LOOK_MS);
  return useStore(state);
}
