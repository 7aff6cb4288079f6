/**
 * Puts a file in the place of another in one step, synced: whoever reads it, also after a crash,
 * finds the old or the new one.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fsyncSync,
  ftruncateSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';

/** Whose the file is; what a file had that is replaced. */
export interface Ownership {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface ReplaceOptions {
  /** Of a new file. */
  readonly mode: number;
  /** The new file gets them; null: a new one is made. */
  readonly owner: Ownership | null;
  /** Called when all that is left is to put it in its place; may throw. */
  readonly beforeRename?: () => void;
}

/** The folder cannot be written to, or something is mounted on the file itself. */
const CANNOT_REPLACE = new Set(['EBUSY', 'EROFS', 'EXDEV', 'EACCES', 'EPERM']);

/**
 * `path` is not followed where it is a link. Where the file cannot be replaced and has an owner,
 * its content is. Throws the system's error.
 */
export function replaceFile(path: string, bytes: Uint8Array, options: ReplaceOptions): void {
  const { mode, owner, beforeRename } = options;
  const draft = draftOf(path);
  try {
    rmSync(draft, { force: true });
    const fd = openSync(draft, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
    try {
      writeAll(fd, bytes);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    if (owner !== null) chownSync(draft, owner.uid, owner.gid);
    chmodSync(draft, owner?.mode ?? mode);
    beforeRename?.();
    renameSync(draft, path);
    syncFolder(dirname(path));
  } catch (error) {
    removeQuietly(draft);
    if (owner === null || !CANNOT_REPLACE.has((error as NodeJS.ErrnoException).code ?? '')) {
      throw error;
    }
    beforeRename?.();
    writeInPlace(path, bytes);
  }
}

/** Where a file is made before it takes its place. */
export function draftOf(path: string): string {
  return `${dirname(path)}/.${basename(path)}.sluice`;
}

export function syncFolder(path: string): void {
  const fd = openSync(path, constants.O_RDONLY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Whoever reads it meanwhile finds the new text, at worst with the end of a longer old one. */
function writeInPlace(path: string, bytes: Uint8Array): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_NOFOLLOW);
  try {
    writeAll(fd, bytes);
    ftruncateSync(fd, bytes.length);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, bytes.length - at, at);
}

function removeQuietly(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // The folder cannot be written to: there is none.
  }
}
