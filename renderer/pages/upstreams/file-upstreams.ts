/** The upstreams of the file, which a form can change: as core told them last. */
import { useEffect } from 'react';
import type { EditResult } from '../../../core/api/edit.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { UpstreamEdit, UpstreamList } from '../../../core/api/upstreams.ts';
import { call } from '../../api/client.ts';
import { ApiFailure } from '../../api/failure.ts';
import { useLive } from '../../live/live.ts';
import { liveHealth } from '../../live/status.ts';
import { Store, useStore } from '../../store.ts';
import { lookAgain } from './upstream-store.ts';

export interface FileState {
  /** Null until core has told them. */
  readonly file: UpstreamList | null;
  readonly failure: ApiFailure | null;
}

const state = new Store<FileState>({ file: null, failure: null });

/** Asks core again. What went wrong is in the state. */
async function readFile(): Promise<void> {
  try {
    state.set({ file: await call(endpoints.upstreams), failure: null });
  } catch (cause) {
    if (!(cause instanceof ApiFailure)) throw cause;
    state.set({ ...state.value, failure: cause });
  }
}

/** Looks at everything that a change of the file may have changed. */
export async function lookAtAll(): Promise<void> {
  await Promise.all([readFile(), lookAgain()]);
}

/** Changes the file as it is known here. Rejects with `ApiFailure`; `ERR_CONFIG_CHANGED` where somebody else was faster. */
export async function edit(change: UpstreamEdit): Promise<EditResult> {
  const { file } = state.value;
  try {
    const hash = file === null ? {} : { hash: file.hash };
    return await call(endpoints.editUpstreams, { body: { edit: change, ...hash, author: 'ui' } });
  } finally {
    await lookAtAll();
  }
}

/** `version` is whatever tells that the file may have changed. A core that was gone is asked again when it is back. */
export function useFileUpstreams(version = ''): FileState {
  const isGone = useLive(liveHealth).failure !== null;
  useEffect(() => {
    if (!isGone) void readFile();
  }, [version, isGone]);
  return useStore(state);
}
