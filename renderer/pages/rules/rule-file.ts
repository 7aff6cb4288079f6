/** The configuration file: what core says of it, and what is typed and not saved, which outlives the page. */
import type { ConfigText, EditResult } from '../../../core/api/edit.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import { ApiFailure } from '../../api/failure.ts';
import { useRepeated } from '../../api/use-repeated.ts';
import { Store, useStore } from '../../store.ts';
import { withFile } from './draft.ts';
import type { RuleFile } from './draft.ts';

interface State {
  /** Null until core has told it. */
  readonly open: RuleFile | null;
  readonly failure: ApiFailure | null;
}

/** How soon a change by somebody else is seen. */
const LOOK_MS = 3000;

/** What core has told last: while the text is the same, nothing that is made of it is made anew. */
let told: ConfigText | null = null;

const state = new Store<State>({ open: null, failure: null });

/** As it is at this moment, which may not be shown yet. */
export function currentRuleFile(): RuleFile | null {
  return state.value.open;
}

export function changeRuleFile(change: (before: RuleFile) => RuleFile): void {
  const { open } = state.value;
  if (open !== null) state.set({ ...state.value, open: change(open) });
}

/** Asks core again. What went wrong is in the state. */
export async function lookAgain(): Promise<void> {
  try {
    const file = await latestText();
    const { open, failure } = state.value;
    // Nothing that looks at it is drawn again for no news.
    if (open?.file === file && failure === null) return;
    state.set({ open: withFile(open, file), failure: null });
  } catch (cause) {
    if (!(cause instanceof ApiFailure)) throw cause;
    state.set({ ...state.value, failure: cause });
  }
}

async function latestText(): Promise<ConfigText> {
  if (told !== null) {
    const { path, hash } = await call(endpoints.configState);
    if (path === told.path && hash === told.hash) return told;
  }
  told = await call(endpoints.configText);
  return told;
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
  useRepeated(lookAgain, LOOK_MS);
  return useStore(state);
}

/** The browser asks whether to leave while something is not saved, whichever page is shown. */
window.addEventListener('beforeunload', (event) => {
  if (state.value.open !== null && state.value.open.draft !== null) event.preventDefault();
});
