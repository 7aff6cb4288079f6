/**
 * One setting that is being changed. What is typed stays until it is saved or discarded: a change
 * of the file by somebody else, or an error, takes nothing away.
 */
import { useState } from 'react';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { EditResult } from '../../../core/api/edit.ts';
import type { Setting, SettingList, SettingValue } from '../../../core/api/settings.ts';
import { call } from '../../api/client.ts';
import { ApiFailure } from '../../api/failure.ts';
import { isSameValue } from './setting-values.ts';
import type { Typed } from './setting-values.ts';

export interface SettingEdit {
  /** Null: nothing is typed. */
  readonly typed: Typed | null;
  readonly isSaving: boolean;
  readonly problem: Problem | null;
  readonly type: (typed: Typed) => void;
  readonly discard: () => void;
  /** Null is the default. */
  readonly save: (value: SettingValue | null) => Promise<void>;
}

export type Problem =
  | { readonly kind: 'refused'; readonly message: string }
  /** Somebody else has set it to this. */
  | { readonly kind: 'meanwhile'; readonly value: SettingValue | null };

interface Parts {
  readonly setting: Setting;
  readonly hash: string | null;
  readonly reload: () => Promise<SettingList>;
  /** After a change was written. */
  readonly onSaved: (before: Setting, value: SettingValue | null, done: EditResult) => void;
}

export function useSettingEdit({ setting, hash, reload, onSaved }: Parts): SettingEdit {
  const [typed, setTyped] = useState<Typed | null>(null);
  /** What the file said when typing began, or when it was told that this has changed. */
  const [base, setBase] = useState<SettingValue | null>(null);
  const [isSaving, setIsSaving] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { path } = setting;
  const now = written(setting);

  const write = (value: SettingValue | null, at: string | null): Promise<EditResult> =>
    call(endpoints.editSettings, {
      body: { changes: [{ path, value }], author: 'ui', ...(at === null ? {} : { hash: at }) },
    });

  /** Where something else in the file has changed, the change is made all the same. */
  async function writeAgain(
    value: SettingValue | null,
    from: SettingValue | null,
  ): Promise<EditResult | null> {
    const list = await reload();
    const found = list.settings.find((each) => each.path === path);
    const theirs = found === undefined ? null : written(found);
    if (isSameValue(theirs, from)) return write(value, list.hash);
    setBase(theirs);
    setProblem({ kind: 'meanwhile', value: theirs });
    return null;
  }

  async function save(value: SettingValue | null): Promise<void> {
    const from = typed === null ? now : base;
    // What has come in since typing began is shown before anything is put in its place.
    if (!isSameValue(from, now)) {
      setBase(now);
      setProblem({ kind: 'meanwhile', value: now });
      return;
    }
    setIsSaving(true);
    setProblem(null);
    try {
      const done = await write(value, hash).catch((cause: unknown) => {
        const isStale = cause instanceof ApiFailure && cause.code === 'ERR_CONFIG_CHANGED';
        if (!isStale) throw cause;
        return writeAgain(value, from);
      });
      if (done === null) return;
      await reload();
      setTyped(null);
      onSaved(setting, value, done);
    } catch (cause) {
      const message = cause instanceof Error ? cause.message : String(cause);
      setProblem({ kind: 'refused', message });
    } finally {
      setIsSaving(false);
    }
  }

  return {
    typed,
    isSaving,
    problem,
    type: (next) => {
      if (typed === null) setBase(now);
      setTyped(next);
      setProblem(null);
    },
    discard: () => {
      setTyped(null);
      setProblem(null);
    },
    save,
  };
}

function written({ file }: Setting): SettingValue | null {
  return file?.value ?? null;
}
