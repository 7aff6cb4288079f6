/**
 * What dashboards keep here: any JSON by a key, in one file of the state folder. A file that
 * cannot be used is one warning, and the next write replaces it.
 */
import { readFileSync, statSync } from 'node:fs';
import { replaceFile } from '../../files/replace-file.ts';
import type { Logger } from '../../log/logger.ts';
import { RequestError } from '../http.ts';

/** Of one value, as JSON. */
export const MAX_VALUE_BYTES = 1024 * 1024;
const MAX_KEYS = 64;
const MAX_FILE_BYTES = 16 * MAX_VALUE_BYTES;
const LONGEST_KEY = 256;

export class ClashStorage {
  readonly #path: string;
  readonly #log: Logger;
  #values: Map<string, unknown> | null = null;

  /** `path` of the file; it is read when somebody asks. */
  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  /** Null where there is none. */
  get(key: string): unknown {
    return this.#open().get(key) ?? null;
  }

  /** Throws `RequestError` where it is too much. */
  set(key: string, value: unknown): void {
    if (key.length > LONGEST_KEY) {
      const message = `A key has at most ${LONGEST_KEY} characters.`;
      throw new RequestError(400, 'ERR_REQUEST_INVALID', message);
    }
    const values = new Map(this.#open()).set(key, value);
    if (values.size > MAX_KEYS) {
      throw new RequestError(400, 'ERR_STORAGE_FULL', `At most ${MAX_KEYS} keys are kept.`);
    }
    this.#save(values);
  }

  delete(key: string): void {
    const values = new Map(this.#open());
    if (values.delete(key)) this.#save(values);
  }

  #save(values: Map<string, unknown>): void {
    const bytes = Buffer.from(JSON.stringify(Object.fromEntries(values)));
    if (bytes.length > MAX_FILE_BYTES) {
      throw new RequestError(400, 'ERR_STORAGE_FULL', 'The storage is full.');
    }
    replaceFile(this.#path, bytes, { mode: 0o600, owner: null });
    this.#values = values;
  }

  #open(): Map<string, unknown> {
    this.#values ??= this.#read();
    return this.#values;
  }

  #read(): Map<string, unknown> {
    try {
      const stat = statSync(this.#path);
      if (!stat.isFile() || stat.size > MAX_FILE_BYTES)
        throw new Error('it is too large, or no file');
      const value: unknown = JSON.parse(readFileSync(this.#path, 'utf8'));
      if (typeof value !== 'object' || value === null) throw new Error('it is no list of values');
      return new Map(Object.entries(value));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') {
        const reason = cause instanceof Error ? cause.message : String(cause);
        const message = `What dashboards kept is lost: ${this.#path} cannot be used: ${reason}.`;
        this.#log.warning('STORAGE_LOST', message);
      }
      return new Map();
    }
  }
}
