/**
 * Follows a configuration file. Its folder is watched, not the file, since editors replace files
 * by renaming; a slow look at the file itself covers file systems that report no changes and
 * folders that are replaced. Owns its watchers and timer until `close`.
 */
import type { FSWatcher } from 'node:fs';
import { unwatchFile, watch, watchFile } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
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

class ConfigWatcher implements ConfigWatch {
  readonly #path: string;
  readonly #shownPath: string;
  readonly #onChange: (loaded: LoadedConfig) => void;
  #lastText: string | null;
  /** By folder: the one of the path and, for a link, the one it leads to. */
  readonly #folders = new Map<string, FSWatcher>();
  #timer: NodeJS.Timeout | null = null;
  #reading = false;
  #readAgain = false;
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
    // What changed since the caller's look is found by reading once more.
    this.#schedule(0);
  }

  close(): void {
    this.#closed = true;
    unwatchFile(this.#path, this.#poll);
    for (const watcher of this.#folders.values()) watcher.close();
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
      this.#readAgain = true;
      return;
    }
    this.#reading = true;
    await this.#watchFolders();
    const loaded = await loadConfig(this.#shownPath);
    this.#reading = false;
    if (this.#closed) return;
    if (this.#readAgain) {
      this.#readAgain = false;
      this.#schedule(0);
    }
    this.#compare(loaded);
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
    if (this.#closed) return;
    const wanted = new Set([dirname(this.#path), dirname(real)]);
    for (const [folder, watcher] of this.#folders) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#folders.delete(folder);
    }
    for (const folder of wanted) {
      if (!this.#folders.has(folder)) this.#watchFolder(folder);
    }
  }

  #watchFolder(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#schedule(QUIET_MS));
      // Polling goes on where watching fails.
      watcher.on('error', () => {
        watcher.close();
        this.#folders.delete(folder);
      });
      this.#folders.set(folder, watcher);
    } catch {
      // The folder is not there (yet), or the system has no watches left: polling goes on.
    }
  }
}
