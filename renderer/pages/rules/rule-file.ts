/** The configuration file: what core says of it, and what is typed and not saved, which outlives the page. */
import { useEffect, useSyncExternalStore } from 'react';
import type { EditResult } from '../../../core/api/edit.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import { ApiFailure } from '../../api/failure.ts';
import { withFile } from './draft.ts';
import type { RuleFile } from './draft.ts';

interface State {
  /** Null until core has told it. */
  readonly open: RuleFile | null;
  readonly failure: ApiFailure | null;
}

/** How soon a change by somebody else is seen. */
const LOOK_MS = 3000;

let state: State = { open: null, failure: null };
const listeners = new Set<() => void>();

function set(next: State): void {
  state = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** As it is at this moment, which may not be shown yet. */
export function currentRuleFile(): RuleFile | null {
  return state.open;
}

export function changeRuleFile(change: (before: RuleFile) => RuleFile): void {
  if (state.open !== null) set({ ...state, open: change(state.open) });
}

/** Asks core again. What went wrong is in the state. */
export async function lookAgain(): Promise<void> {
  try {
    const file = await call(endpoints.configText);
    set({ open: withFile(state.open, file), failure: null });
  } catch (cause) {
    if (!(cause instanceof ApiFailure)) throw cause;
    set({ ...state, failure: cause });
  }
}

/** Makes a change of the file, and looks at it again whatever came of it. */
export async function changing(change: Promise<EditResult>): Promise<EditResult> {
  try {
    return await change;
  } finally {
    await lookAgain();
  }
}

export function useRuleFile(): State {
  useEffect(() => {
    void lookAgain();
    const timer = setInterval(() => {
      if (!document.hidden) void lookAgain();
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  return useSyncExternalStore(subscribe, () => state);
}

/** The browser asks whether to leave while something is not saved, whichever page is shown. */
window.addEventListener('beforeunload', (event) => {
  if (state.open !== null && state.open.draft !== null) event.preventDefault();
});
