/**
 * Follows a configuration file: reads it again when it may have changed, and tells when its text
 * is another. Owns its watch and timer until `close`.
 */
import { resolve } from 'node:path';
import { FileWatch } from './file-watch.ts';
import type { LoadedConfig } from './load-config.ts';
import { loadChanged } from './load-config.ts';

/** An editor writes in several steps: this long after the last one the file is read. */
const QUIET_MS = 50;
/** A file that is gone may be on its way back. */
const GONE_MS = 500;

export interface ConfigWatch {
  close(): void;
}

/**
 * `known` is what the caller has read last, however, or null. `onChange` is called with the file
 * read again, valid or not, each time its text is another; a file that stays away is one change.
 */
export function watchConfig(
  path: string,
  known: () => string | null,
  onChange: (loaded: LoadedConfig) => void,
): ConfigWatch {
  return new ConfigWatcher(path, known, onChange);
}

class ConfigWatcher implements ConfigWatch {
  readonly #shownPath: string;
  readonly #onChange: (loaded: LoadedConfig) => void;
  readonly #watch: FileWatch;
  readonly #known: () => string | null;
  #timer: NodeJS.Timeout | null = null;
  #reading = false;
  #gone = false;
  #closed = false;

  constructor(path: string, known: () => string | null, onChange: (loaded: LoadedConfig) => void) {
    this.#shownPath = path;
    this.#onChange = onChange;
    this.#known = known;
    this.#watch = new FileWatch(resolve(path), () => this.#schedule(QUIET_MS));
    // What changed since the caller's look is found by reading once more, with the watch in place.
    void this.#watch.refresh().then(() => this.#schedule(QUIET_MS));
  }

  close(): void {
    this.#closed = true;
    this.#watch.close();
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

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
    await this.#watch.refresh();
    const loaded = await loadChanged(this.#shownPath, this.#known);
    this.#reading = false;
    // A change meanwhile: what was read may be half of it, and is read again.
    if (this.#timer === null && !this.#closed) this.#compare(loaded);
  }

  /** Null: nothing has changed. */
  #compare(loaded: LoadedConfig | null): void {
    if (loaded?.text === null && !this.#gone) {
      this.#gone = true;
      this.#schedule(GONE_MS);
      return;
    }
    this.#gone = loaded?.text === null;
    // A file that stays away is told of once.
    if (loaded !== null && loaded.text !== this.#known()) this.#onChange(loaded);
  }
}
