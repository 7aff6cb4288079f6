/**
 * Notices that a file may have changed. Its folder is watched, not the file, since editors
 * replace files by renaming; a slow look at the file itself covers file systems that report no
 * changes and folders that are replaced. Owns its watchers until `close`.
 */
import type { FSWatcher } from 'node:fs';
import { unwatchFile, watch, watchFile } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

const POLL_MS = 2000;

interface WatchedFolder {
  readonly watcher: FSWatcher;
  readonly identity: string;
}

export class FileWatch {
  readonly #path: string;
  readonly #onEvent: () => void;
  /** By folder: the one of the path and, for a link, the one it leads to. */
  readonly #folders = new Map<string, WatchedFolder>();
  /** What changes are about that matter: the file, or its folder as a whole. */
  #names: ReadonlySet<string> = new Set();
  #closed = false;

  /** `onEvent` is called for every sign of a change, often several times for one. */
  constructor(path: string, onEvent: () => void) {
    this.#path = path;
    this.#onEvent = onEvent;
    watchFile(path, { interval: POLL_MS, persistent: false }, onEvent);
  }

  close(): void {
    this.#closed = true;
    unwatchFile(this.#path, this.#onEvent);
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
  }

  /** Finds the folders again: the path may lead elsewhere now. To be called before reading the file. */
  async refresh(): Promise<void> {
    const real = await realpath(this.#path).catch(() => this.#path);
    const wanted = new Map<string, string>();
    for (const file of [this.#path, real]) {
      wanted.set(dirname(file), await identityOf(dirname(file)));
    }
    this.#names = new Set(
      [this.#path, real].flatMap((file) => [basename(file), basename(dirname(file))]),
    );
    if (this.#closed) return;
    for (const [folder, watched] of this.#folders) {
      // Another folder may have taken the place of the one that is watched.
      if (wanted.get(folder) === watched.identity) continue;
      watched.watcher.close();
      this.#folders.delete(folder);
    }
    for (const [folder, identity] of wanted) {
      if (!this.#folders.has(folder)) this.#watchFolder(folder, identity);
    }
  }

  #watchFolder(folder: string, identity: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_, name) => {
        if (name === null || this.#names.has(name)) this.#onEvent();
      });
      // Polling goes on where watching fails.
      watcher.on('error', () => {
        watcher.close();
        this.#folders.delete(folder);
      });
      this.#folders.set(folder, { watcher, identity });
    } catch {
      // The folder is not there (yet), or the system has no watches left: polling goes on.
    }
  }
}

/** The same text as long as it is the same folder. */
async function identityOf(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => null);
  return found === null ? '' : `${found.dev}:${found.ino}`;
}
