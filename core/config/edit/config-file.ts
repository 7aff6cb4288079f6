/**
 * The configuration file as something to be changed: read with a hash of its text, and written in
 * one step only where it still has the hash that the change was made for.
 */
import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs';
import { SluiceError } from '../../api/errors.ts';
import { replaceFile } from '../../files/replace-file.ts';
import type { Ownership } from '../../files/replace-file.ts';
import { LARGEST_CONFIG } from '../load-config.ts';

export interface FileText {
  /** Without a byte order mark. */
  readonly text: string;
  readonly hash: string;
}

interface Opened extends FileText {
  readonly hasMark: boolean;
  readonly owner: Ownership;
}

const BYTE_ORDER_MARK = '\ufeff';

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Throws `ERR_CONFIG_FILE` where it cannot be read or is no text. */
export function readConfigFile(path: string): FileText {
  const { text, hash } = openFile(path);
  return { text, hash };
}

/**
 * Throws `ERR_CONFIG_CHANGED` where the file has another hash than `expected` by now,
 * `ERR_CONFIG_FILE` where it cannot be written. A link is followed; mode and owner are kept.
 */
export function writeConfigFile(path: string, text: string, expected: string): void {
  const before = openFile(path);
  assertHash(path, before, expected);
  if (Buffer.byteLength(text) > LARGEST_CONFIG) {
    throw fileError(path, 'written', `it would be larger than ${LARGEST_CONFIG} bytes`);
  }
  const bytes = Buffer.from(before.hasMark ? BYTE_ORDER_MARK + text : text);
  try {
    replaceFile(realpathSync(path), bytes, {
      mode: 0o644,
      owner: before.owner,
      // Others write it, too: whatever is there when ours is ready is the last to be looked at.
      beforeRename: () => assertHash(path, openFile(path), expected),
    });
  } catch (error) {
    if (error instanceof SluiceError) throw error;
    throw fileError(path, 'written', (error as Error).message, error);
  }
}

function assertHash(path: string, { hash }: FileText, expected: string): void {
  if (hash === expected) return;
  throw new SluiceError(
    'ERR_CONFIG_CHANGED',
    `${path} was changed by somebody else meanwhile: look at it again, then make the change again`,
  );
}

function openFile(path: string): Opened {
  try {
    // A named pipe would otherwise keep us waiting for its writer.
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stat = fstatSync(fd);
      const { size, mode, uid, gid } = stat;
      if (!stat.isFile()) throw new Error('it is not a regular file');
      if (size > LARGEST_CONFIG) throw new Error(`it is larger than ${LARGEST_CONFIG} bytes`);
      const bytes = readFileSync(fd);
      if (!isUtf8(bytes)) throw new Error('it is not UTF-8 text');
      const whole = bytes.toString();
      const hasMark = whole.startsWith(BYTE_ORDER_MARK);
      const text = hasMark ? whole.slice(1) : whole;
      return { text, hash: hashOf(text), hasMark, owner: { mode: mode & 0o7777, uid, gid } };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    throw fileError(path, 'read', (error as Error).message, error);
  }
}

function fileError(path: string, what: string, why: string, cause?: unknown): SluiceError {
  return new SluiceError('ERR_CONFIG_FILE', `${path} cannot be ${what}: ${why}`, { cause });
}
