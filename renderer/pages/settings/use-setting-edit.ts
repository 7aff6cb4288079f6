/**
 * One setting that is being changed. What is typed stays until it is saved or discarded: a change
 * of the file by somebody else, or an error, takes nothing away.
 */
import { useState } from 'react';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { EditResult } from '../../../core/api/edit.ts';
import type { Setting, SettingList, SettingValue } from '../../../core/api/settings.ts';
import { call } from '../../api/client.ts';
import { isStale } from '../../api/failure.ts';
import { toldBy } from '../../i18n/meaning.ts';
import type { Told } from '../../i18n/meaning.ts';
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
  | { readonly kind: 'refused'; readonly error: Told }
  /** Somebody else has set it to this. */
  | { readonly kind: 'meanwhile'; readonly value: SettingValue | null };

interface Parts {
  readonly setting: Setting;
  readonly hash: string | null;
  readonly reload: () => Promise<SettingList>;
  /** After a change was written. */
  readonly onSaved: (before: Setting, value: SettingValue | null, done: EditResult) => void;
}

interface Draft {
  readonly typed: Typed;
  /** What the file said when typing began, or when it was told that this has changed. */
  readonly base: SettingValue | null;
}

/** By path. They outlive the page, which is left to look something up. */
const drafts = new Map<string, Draft>();

/** The browser asks whether to leave while something is not saved. */
window.addEventListener('beforeunload', (event) => {
  if (drafts.size > 0) event.preventDefault();
});

export function useSettingEdit({ setting, hash, reload, onSaved }: Parts): SettingEdit {
  const [draft, setState] = useState<Draft | null>(() => drafts.get(setting.path) ?? null);
  const [isSaving, setIsSaving] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const { path } = setting;
  const now = written(setting);
  const setDraft = (next: Draft | null): void => {
    if (next === null) drafts.delete(path);
    else drafts.set(path, next);
    setState(next);
  };

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
    tellMeanwhile(theirs);
    return null;
  }

  function tellMeanwhile(theirs: SettingValue | null): void {
    if (draft !== null) setDraft({ ...draft, base: theirs });
    setProblem({ kind: 'meanwhile', value: theirs });
  }

  async function save(value: SettingValue | null): Promise<void> {
    const from = draft === null ? now : draft.base;
    // What has come in since typing began is shown before anything is put in its place.
    if (!isSameValue(from, now)) {
      tellMeanwhile(now);
      return;
    }
    setIsSaving(true);
    setProblem(null);
    try {
      const done = await write(value, hash).catch((cause: unknown) => {
        if (!isStale(cause)) throw cause;
        return writeAgain(value, from);
      });
      if (done === null) return;
      await reload();
      setDraft(null);
      onSaved(setting, value, done);
    } catch (cause) {
      setProblem({ kind: 'refused', error: toldBy(cause) });
    } finally {
      setIsSaving(false);
    }
  }

  return {
    typed: draft?.typed ?? null,
    isSaving,
    problem,
    type: (next) => {
      setDraft({ typed: next, base: draft === null ? now : draft.base });
      setProblem(null);
    },
    discard: () => {
      setDraft(null);
      setProblem(null);
    },
    save,
  };
}

function written({ file }: Setting): SettingValue | null {
  return file?.value ?? null;
}
