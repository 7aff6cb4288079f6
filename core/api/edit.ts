/** Changing the configuration file: its text as a whole, its rules one by one, and their history. */
import type { TextFields } from './endpoint.ts';
import type { ReloadResult } from './reload.ts';
import {
  invalid,
  readInteger,
  readIntegerText,
  readLongText,
  readObject,
  readOneOf,
} from './validate.ts';

/**
 * One change of the list of rules. Places count from 0 in the list as the file has it, the
 * disabled ones included. `rule` says which one is expected there; the change is refused where
 * that is another.
 */
export type RuleEdit =
  /** Before the rule at `at`; without it, last. */
  | { readonly op: 'insert'; readonly rule: string; readonly at?: number }
  | { readonly op: 'remove'; readonly at: number; readonly rule?: string }
  /** `by` is the new rule. It stays enabled or disabled, and a note behind it stays. */
  | { readonly op: 'replace'; readonly at: number; readonly by: string; readonly rule?: string }
  /** `to` is its place afterwards. */
  | { readonly op: 'move'; readonly from: number; readonly to: number; readonly rule?: string }
  /** A disabled rule stays in its place as a comment: `# sluice:disabled - RULE`. */
  | { readonly op: 'disable' | 'enable'; readonly at: number; readonly rule?: string };

/** A rule as it stands in the file. */
export interface FileRule {
  readonly enabled: boolean;
  /** Null where the item is no text, which is an error of the file. */
  readonly text: string | null;
  /** From 1. */
  readonly line: number;
}

/** Which text the file has now. */
export interface ConfigState {
  /** Absolute path of the file. */
  readonly path: string;
  /** SHA-256 of the text. A change that names it is refused once the file has another. */
  readonly hash: string;
}

export interface ConfigText extends ConfigState {
  readonly text: string;
  /** In the order of the file; empty where `notEditable` says why they cannot be told. */
  readonly rules: readonly FileRule[];
  /** Why rules cannot be edited one by one; null: they can. */
  readonly notEditable: string | null;
}

/** Who makes a change: the text editor, other parts of the interface, the command line. `file`: somebody changed the file itself. */
export type Author = 'editor' | 'ui' | 'cli' | 'file';

export interface TextChange {
  readonly text: string;
  readonly hash: string;
  readonly author: Author;
}

export interface RuleChange {
  /** Made one after the other, as one revision: all of them, or none. */
  readonly edits: readonly RuleEdit[];
  /** Absent: whatever the file says by now. */
  readonly hash?: string;
  readonly author: Author;
}

export interface EditResult {
  /** The revision that the file has now. */
  readonly revision: number;
  readonly hash: string;
  /** What came of applying it. */
  readonly result: ReloadResult;
}

/** A state of the file that is kept. */
export interface Revision {
  readonly id: number;
  /** The revision that it changed; null for the first that is known. */
  readonly parent: number | null;
  /** RFC 3339. */
  readonly time: string;
  readonly author: Author;
  /** What was done, in a few words. */
  readonly summary: string;
  readonly hash: string;
  /** Bytes of the text. */
  readonly size: number;
}

export interface History {
  /** Newest first. */
  readonly revisions: readonly Revision[];
  /** The one that the file has. */
  readonly current: number | null;
  /** The revisions that undo and redo lead to; null: there is none. */
  readonly undo: number | null;
  readonly redo: number | null;
}

export interface RevisionText {
  readonly id: number;
  readonly text: string;
}

export interface RevisionDiff {
  /** Null: the empty file. */
  readonly from: number | null;
  readonly to: number;
  /** Unified, with three lines around each change; empty where both are the same. */
  readonly diff: string;
}

export interface UndoRequest {
  /** The hash of the file that is to be undone. Absent: whatever it is by now. */
  readonly hash?: string;
  readonly author: Author;
}

const AUTHORS = ['editor', 'ui', 'cli'] as const;
const OPERATIONS = ['insert', 'remove', 'replace', 'move', 'disable', 'enable'] as const;
/** As in core/config/load-config.ts. */
const MAX_TEXT = 16 * 1024 * 1024;
const MAX_RULE = 4096;
/** As many rules as anybody has are switched off or deleted at once. */
const MAX_EDITS = 20_000;
const MAX_PLACE = 10_000_000;

/** JSON takes up to six bytes for a character; texts of a few MB have few of those. */
export const MAX_TEXT_BODY = 2 * MAX_TEXT;
export const MAX_RULES_BODY = 8 * 1024 * 1024;

export function parseTextChange(body: unknown): TextChange {
  const fields = readObject(body, 'the request', ['text', 'hash', 'author']);
  return {
    text: readLongText(fields['text'], 'text', MAX_TEXT),
    hash: readHash(fields['hash']),
    author: readAuthor(fields['author']),
  };
}

export function parseRuleChange(body: unknown): RuleChange {
  const { edits, hash, author } = readObject(body, 'the request', ['edits', 'hash', 'author']);
  if (!Array.isArray(edits) || edits.length === 0 || edits.length > MAX_EDITS) {
    throw invalid('edits', `a list of 1 to ${MAX_EDITS} changes`, edits);
  }
  return {
    edits: edits.map(readEdit),
    ...readMaker(author, hash),
  };
}

export function parseUndoRequest(body: unknown): UndoRequest {
  const { hash, author } = readObject(body ?? {}, 'the request', ['hash', 'author']);
  return readMaker(author, hash);
}

export function readRevisionId({ id }: TextFields): { readonly id: number } {
  return { id: readIntegerText(id, 'id', 1, Number.MAX_SAFE_INTEGER) };
}

/** `from` absent: the revision that it changed. */
export function readDiffQuery({ from }: TextFields): { readonly from?: number } {
  return from === undefined
    ? {}
    : { from: readIntegerText(from, 'from', 1, Number.MAX_SAFE_INTEGER) };
}

function readEdit(value: unknown, index: number): RuleEdit {
  const name = `edits[${index}]`;
  const fields = readObject(value, name, ['op', 'rule', 'at', 'by', 'from', 'to']);
  const op = readOneOf(fields['op'], `${name}.op`, OPERATIONS);
  const place = (key: string): number => readInteger(fields[key], `${name}.${key}`, 0, MAX_PLACE);
  const rule = (): string => readLongText(fields['rule'], `${name}.rule`, MAX_RULE);
  const expected = fields['rule'] === undefined ? {} : { rule: rule() };
  switch (op) {
    case 'insert':
      return { op, rule: rule(), ...(fields['at'] === undefined ? {} : { at: place('at') }) };
    case 'replace':
      return {
        op,
        at: place('at'),
        by: readLongText(fields['by'], `${name}.by`, MAX_RULE),
        ...expected,
      };
    case 'move':
      return { op, from: place('from'), to: place('to'), ...expected };
    default:
      return { op, at: place('at'), ...expected };
  }
}

/** Who makes a change, and of which state of the file. */
export function readMaker(author: unknown, hash: unknown): { author: Author; hash?: string } {
  return { author: readAuthor(author), ...(hash === undefined ? {} : { hash: readHash(hash) }) };
}

function readAuthor(value: unknown): Author {
  return readOneOf(value, 'author', AUTHORS);
}

export function readHash(value: unknown): string {
  if (typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)) return value;
  throw invalid('hash', '64 lower-case hex digits', value);
}
