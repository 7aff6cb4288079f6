/**
 * The text that is being edited against the file as core has it. What was typed is never lost:
 * not when the file changes under it, and not when its author takes the newer text. Pure.
 */
import type { ConfigText } from '../../../core/api/edit.ts';

export interface RuleFile {
  readonly file: ConfigText;
  /** What was typed and is not saved; null: nothing. */
  readonly draft: string | null;
  /** The hash of the text that the draft was made from. */
  readonly base: string;
  /** A draft that was given up for a newer text, for who wants it back. */
  readonly setAside: string | null;
}

/** Core has told what the file says now. */
export function withFile(before: RuleFile | null, file: ConfigText): RuleFile {
  if (before === null) return { file, draft: null, base: file.hash, setAside: null };
  const { draft } = before;
  if (draft === null || draft === file.text) {
    return { ...before, file, draft: null, base: file.hash };
  }
  return { ...before, file };
}

export function withText(before: RuleFile, text: string): RuleFile {
  const { file, draft, base } = before;
  if (text === file.text) return { ...before, draft: null, base: file.hash };
  return { ...before, draft: text, base: draft === null ? file.hash : base };
}

/** Whether somebody else has changed the file since the draft was begun. */
export function isConflict({ file, draft, base }: RuleFile): boolean {
  return draft !== null && base !== file.hash;
}

/** The draft stays, and is what the next save puts in the place of the newer text. */
export function keepDraft(before: RuleFile): RuleFile {
  return { ...before, base: before.file.hash };
}

/** The file's text is shown again. */
export function dropDraft(before: RuleFile): RuleFile {
  return { ...before, draft: null, base: before.file.hash, setAside: before.draft };
}

/** Puts the draft that was given up back. */
export function bringBack(before: RuleFile): RuleFile {
  if (before.setAside === null) return before;
  return { ...withText(before, before.setAside), setAside: null };
}

/** `text` was written, and the file has this hash now. */
export function withSaved(before: RuleFile, text: string, hash: string): RuleFile {
  // Places of rules are told with the next answer about the file.
  const file: ConfigText = { ...before.file, text, hash };
  const draft = before.draft === text ? null : before.draft;
  return { file, draft, base: hash, setAside: null };
}
