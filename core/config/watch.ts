/**
 * Follows a configuration file. Its folder is watched, not the file, since editors replace files
 * by renaming; a slow look at the file itself covers file systems that report no changes and
 * folders that are replaced. Owns its watchers and timer until `close`.
 */
import type { FSWatcher } from 'node:fs';
import { unwatchFile, watch, watchFile } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { LoadedConfig } from './load-config.ts';
import { loadConfig } from './load-config.ts';

/** An editor writes in several steps: this long after the last one the file is read. */
const QUIET_MS = 50;
/** A file that is gone may be on its way back. */
const GONE_MS = 500;
const POLL_MS = 2000;

export interface ConfigWatch {
  close(): void;
}

/**
 * `lastText` is what the caller has read already, or null. `onChange` is called with the file
 * read again, valid or not, each time its text is another; a file that stays away is one change.
 */
export function watchConfig(
  path: string,
  lastText: string | null,
  onChange: (loaded: LoadedConfig) => void,
): ConfigWatch {
  const watcher = new ConfigWatcher(resolve(path), path, lastText, onChange);
  watcher.open();
  return watcher;
}

interface WatchedFolder {
  readonly watcher: FSWatcher;
  readonly identity: string;
}

class ConfigWatcher implements ConfigWatch {
  readonly #path: string;
  readonly #shownPath: string;
  readonly #onChange: (loaded: LoadedConfig) => void;
  #lastText: string | null;
  /** By folder: the one of the path and, for a link, the one it leads to. */
  readonly #folders = new Map<string, WatchedFolder>();
  /** What changes are about that matter: the file, or its folder as a whole. */
  #names: ReadonlySet<string> = new Set();
  #timer: NodeJS.Timeout | null = null;
  #reading = false;
  #gone = false;
  #closed = false;

  constructor(
    path: string,
    shownPath: string,
    lastText: string | null,
    onChange: (loaded: LoadedConfig) => void,
  ) {
    this.#path = path;
    this.#shownPath = shownPath;
    this.#lastText = lastText;
    this.#onChange = onChange;
  }

  open(): void {
    watchFile(this.#path, { interval: POLL_MS, persistent: false }, this.#poll);
    // What changed since the caller's look is found by reading once more, with the watch in place.
    void this.#watchFolders().then(() => this.#schedule(QUIET_MS));
  }

  close(): void {
    this.#closed = true;
    unwatchFile(this.#path, this.#poll);
    for (const { watcher } of this.#folders.values()) watcher.close();
    this.#folders.clear();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  readonly #poll = (): void => this.#schedule(QUIET_MS);

  #schedule(delay: number): void {
    if (this.#closed) return;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#read();
    }, delay).unref();
  }

  async #read(): Promise<void> {
    if (this.#reading) {
      this.#schedule(QUIET_MS);
      return;
    }
    this.#reading = true;
    await this.#watchFolders();
    const loaded = await loadConfig(this.#shownPath);
    this.#reading = false;
    // A change meanwhile: what was read may be half of it, and is read again.
    if (this.#timer === null && !this.#closed) this.#compare(loaded);
  }

  #compare(loaded: LoadedConfig): void {
    if (loaded.text === null && !this.#gone) {
      this.#gone = true;
      this.#schedule(GONE_MS);
      return;
    }
    this.#gone = loaded.text === null;
    if (loaded.text === this.#lastText) return;
    this.#lastText = loaded.text;
    this.#onChange(loaded);
  }

  async #watchFolders(): Promise<void> {
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
        if (name === null || this.#names.has(name)) this.#schedule(QUIET_MS);
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
