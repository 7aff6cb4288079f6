/**
 * The state folder: the journal, the control socket and the lock that keeps a second instance
 * away. Whoever opens it owns everything in it until `release`.
 */
import { lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SluiceError } from '../api/errors.ts';

export interface StateDir {
  /** Absolute. */
  readonly path: string;
  /** Gives the folder free for another instance. */
  release(): void;
}

/** Name of the control socket within its folder. */
export const CONTROL_SOCKET = 'control.sock';

const DEFAULT_PATH = '/var/lib/sluice';
const DEFAULT_RUN_PATH = '/run/sluice';
const SQLITE_BUSY = 5;

/** SLUICE_STATE_DIR, or the system's folder. Absolute; need not exist. */
export function stateDirPath(env: NodeJS.ProcessEnv = process.env): string {
  const own = env['SLUICE_STATE_DIR'] ?? '';
  return own === '' ? DEFAULT_PATH : resolve(own);
}

/**
 * Where the core listens for the control API: in SLUICE_STATE_DIR where that is set, else in the
 * system's folder for such sockets, which members of the group `sluice` can reach.
 */
export function controlSocketPath(env: NodeJS.ProcessEnv = process.env): string {
  const isOwn = (env['SLUICE_STATE_DIR'] ?? '') !== '';
  return join(isOwn ? stateDirPath(env) : DEFAULT_RUN_PATH, CONTROL_SOCKET);
}

/**
 * Makes the folder where needed (0700) and locks it. Throws `ERR_STATE_DIR` where it cannot be
 * used safely, `ERR_ALREADY_RUNNING` where another instance holds it.
 */
export function openStateDir(path: string = stateDirPath()): StateDir {
  assertPrivateDir(path);
  const lock = takeLock(path);
  const pidFile = join(path, 'pid');
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  return {
    path,
    release(): void {
      if (!lock.isOpen) return;
      rmSync(pidFile, { force: true });
      lock.close();
    },
  };
}

function assertPrivateDir(path: string): void {
  const fail = (why: string, cause?: unknown): never => {
    throw new SluiceError(
      'ERR_STATE_DIR',
      `cannot use the state folder ${path}: ${why}. Put that right, or choose another folder with SLUICE_STATE_DIR`,
      { cause },
    );
  };
  let stat;
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    stat = lstatSync(path);
  } catch (error) {
    return fail((error as Error).message, error);
  }
  if (!stat.isDirectory()) fail('it is not a folder');
  if (process.getuid !== undefined && stat.uid !== process.getuid()) {
    fail(`it belongs to user ${stat.uid}, not to the user running Sluice`);
  }
  if ((stat.mode & 0o022) !== 0) fail('other users may write to it');
}

/**
 * Node has no flock. SQLite takes the kernel's own file lock, which ends with the process however
 * it ends: there is no stale lock to judge, and no race in judging it. The database stays empty.
 */
function takeLock(dir: string): DatabaseSync {
  const path = join(dir, 'lock');
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(path, { timeout: 0 });
    lock.exec('PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) {
      throw new SluiceError(
        'ERR_ALREADY_RUNNING',
        `another Sluice${holder(dir)} is using ${dir}: stop it first (sluice status shows it), ` +
          'or give this one a folder of its own with SLUICE_STATE_DIR',
      );
    }
    throw new SluiceError(
      'ERR_STATE_DIR',
      `cannot lock ${path}: ${(error as Error).message}. Choose a folder on a local disk with SLUICE_STATE_DIR`,
      { cause: error },
    );
  }
}

function holder(dir: string): string {
  try {
    const pid = /^[0-9]{1,10}$/.exec(readFileSync(join(dir, 'pid'), 'utf8').trim());
    return pid === null ? '' : ` (process ${pid[0]})`;
  } catch {
    return '';
  }
}
