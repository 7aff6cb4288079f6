/**
 * The journal: what this machine must be rid of when we are gone. A change outside the process
 * is written here and synced before it is made, and undone from here on exit, at the next start
 * after a crash, and by `sluice cleanup`.
 *
 * One line a change: `{"kind":"...","data":{...}}`. The file is not trusted: a line takes effect
 * only if its kind is registered and that kind's own parser accepts the data, and undoing is
 * idempotent and touches only what is still ours. The journal owns the file; the caller holds
 * the lock of the state folder.
 */
import {
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { SluiceError } from '../api/errors.ts';
import type { CleanUpReport } from './platform.ts';

/** A kind of change that can be undone. */
export interface ChangeKind<T> {
  /** The checked data of a journal line, or null where it is not exactly what this kind writes. */
  parse(data: unknown): T | null;
  /**
   * Undoes the change if it is still there and still ours. Resolves to a line for people for
   * each thing that was undone, and calls `notice` with a sentence about what is not ours any
   * more. Rejects where it could not be undone; the change then stays journalled.
   */
  undo(data: T, notice: (sentence: string) => void): Promise<readonly string[]>;
}

export interface Journal {
  /** Writes a change before it is made. A change that is already written is not written twice. */
  record<T>(kind: ChangeKind<T>, data: T): void;
  /**
   * Undoes everything, or the changes of some kinds, the latest first. Never rejects: what fails
   * is a warning.
   */
  undo(kinds?: readonly ChangeKind<unknown>[]): Promise<CleanUpReport>;
}

interface Entry {
  readonly line: string;
  readonly kind: ChangeKind<unknown>;
  readonly undo: (notice: (sentence: string) => void) => Promise<readonly string[]>;
}

const FILE_NAME = 'journal';
/** A run writes a handful of lines; more is not ours. */
const MAX_BYTES = 256 * 1024;
const MAX_LINES = 1000;

/** Reads the journal of a state folder. `kinds` are all that a line may name. */
export function openJournal(
  stateDir: string,
  kinds: ReadonlyMap<string, ChangeKind<unknown>>,
): Journal {
  const path = join(stateDir, FILE_NAME);
  const names = new Map([...kinds].map(([name, kind]) => [kind, name]));
  const read = readEntries(path, kinds);
  let entries = read.entries;
  let warnings = read.warnings;

  return {
    record<T>(kind: ChangeKind<T>, data: T): void {
      const name = names.get(kind);
      if (name === undefined) throw new TypeError('this kind of change was not registered');
      const line = JSON.stringify({ kind: name, data });
      if (entries.some((entry) => entry.line === line)) return;
      const entry = { line, kind, undo: undoOf(kind, data) };
      writeEntries(path, [...entries, entry]);
      entries = [...entries, entry];
    },

    async undo(only): Promise<CleanUpReport> {
      const undone: string[] = [];
      const notices = new Set<string>();
      const failures: string[] = [];
      const remaining: Entry[] = [];
      for (const entry of entries.toReversed()) {
        if (only?.includes(entry.kind) === false) {
          remaining.unshift(entry);
          continue;
        }
        try {
          undone.push(...(await entry.undo((sentence) => notices.add(sentence))));
        } catch (error) {
          remaining.unshift(entry);
          failures.push(`could not undo a change, will try again next time: ${reason(error)}`);
        }
      }
      try {
        writeEntries(path, remaining);
      } catch (error) {
        failures.push(reason(error));
      }
      const report = { undone, notices: [...notices], warnings: [...warnings, ...failures] };
      entries = remaining;
      warnings = [];
      return report;
    },
  };
}

function readEntries(
  path: string,
  kinds: ReadonlyMap<string, ChangeKind<unknown>>,
): { entries: Entry[]; warnings: string[] } {
  let text: string;
  try {
    text = readJournal(path);
  } catch (error) {
    return { entries: [], warnings: [`${path}: ignored as a whole: ${reason(error)}`] };
  }
  const lines = text.split('\n');
  // Each line ends with a line feed: what follows the last one was cut off while it was written,
  // which means that its change was never made.
  const cut = lines.pop() ?? '';
  const entries: Entry[] = [];
  const ignored: number[] = [];
  lines.forEach((line, index) => {
    const entry = index < MAX_LINES ? parseEntry(line, kinds) : null;
    if (entry === null) ignored.push(index + 1);
    else entries.push(entry);
  });
  if (cut !== '') ignored.push(lines.length + 1);
  const first = ignored[0];
  if (first === undefined) return { entries, warnings: [] };
  const warning =
    `${path}: ignored ${ignored.length} of ${lines.length + (cut === '' ? 0 : 1)} lines, ` +
    `beginning with line ${first}: not something Sluice wrote, or cut off by a crash`;
  return { entries, warnings: [warning] };
}

function parseEntry(line: string, kinds: ReadonlyMap<string, ChangeKind<unknown>>): Entry | null {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof value !== 'object' || value === null) return null;
  if (!('kind' in value) || typeof value.kind !== 'string' || !('data' in value)) return null;
  const kind = kinds.get(value.kind);
  const data = kind?.parse(value.data) ?? null;
  if (kind === undefined || data === null) return null;
  return { line: JSON.stringify({ kind: value.kind, data }), kind, undo: undoOf(kind, data) };
}

function undoOf<T>(kind: ChangeKind<T>, data: T): Entry['undo'] {
  return (notice) => kind.undo(data, notice);
}

/** The whole text, empty where there is no journal. Throws where it is not a regular file of sane size. */
function readJournal(path: string): string {
  let fd: number;
  try {
    // O_NONBLOCK: a fifo in its place must not make us wait.
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Error('it is not a regular file');
    if (stat.size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    const buffer = Buffer.alloc(stat.size);
    let length = 0;
    for (let count; (count = readSync(fd, buffer, length, stat.size - length, null)) > 0;) {
      length += count;
    }
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(fd);
  }
}

/** Replaces the file in one step: whoever reads it after a crash finds the old or the new one. */
function writeEntries(path: string, entries: readonly Entry[]): void {
  try {
    if (entries.length === 0) {
      rmSync(path, { force: true });
    } else {
      const draft = `${path}.new`;
      rmSync(draft, { force: true });
      const fd = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
      try {
        writeSync(fd, entries.map((entry) => `${entry.line}\n`).join(''));
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(draft, path);
    }
    const dir = openSync(dirname(path), constants.O_RDONLY);
    try {
      fsyncSync(dir);
    } finally {
      closeSync(dir);
    }
  } catch (error) {
    throw new SluiceError(
      'ERR_JOURNAL',
      `cannot write the journal ${path}: ${reason(error)}. Nothing is changed on this machine without it`,
      { cause: error },
    );
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
