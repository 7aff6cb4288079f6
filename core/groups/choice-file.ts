/**
 * The file in the state folder that keeps what the user chose in groups. A file that cannot be
 * used is one warning; the next choice replaces it.
 */
import { constants } from 'node:fs';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import type { Logger } from '../log/logger.ts';

/** Ten thousand groups with names of 128 characters. */
const MAX_BYTES = 4 * 1024 * 1024;
const LONGEST_NAME = 1024;

export class ChoiceFile {
  readonly #path: string;
  readonly #log: Logger;
  #writing: Promise<void> = Promise.resolve();
  /** What is to be written next; null: nothing. */
  #next: ReadonlyMap<string, string> | null = null;

  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  /** Members by the names of their groups. Never rejects. */
  async read(): Promise<ReadonlyMap<string, string>> {
    try {
      return parse(await readSmall(this.#path));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return new Map();
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message = `What was chosen in groups is forgotten: ${this.#path} cannot be used: ${reason}.`;
      this.#log.warning('CHOICES_LOST', message);
      return new Map();
    }
  }

  /** Of several calls in a row the last one counts. */
  write(choices: ReadonlyMap<string, string>): void {
    const isWaiting = this.#next !== null;
    this.#next = choices;
    if (!isWaiting) this.#writing = this.#writing.then(() => this.#writeNext());
  }

  /** Resolves when everything is on disk. Never rejects. */
  flush(): Promise<void> {
    return this.#writing;
  }

  async #writeNext(): Promise<void> {
    const choices = this.#next;
    this.#next = null;
    if (choices === null) return;
    const text = `${JSON.stringify({ version: 1, chosen: Object.fromEntries(choices) }, null, 2)}\n`;
    const temporary = `${this.#path}.new`;
    try {
      await rm(temporary, { force: true });
      await writeFile(temporary, text, { mode: 0o600, flag: 'wx' });
      await rename(temporary, this.#path);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message = `What was chosen in a group is lost with the next restart: ${reason}.`;
      this.#log.warning('CHOICES_NOT_KEPT', message);
    }
  }
}

/** No link is followed, and nothing that never ends is read. */
async function readSmall(path: string): Promise<string> {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  const file = await open(path, flags);
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new Error('it is not a file');
    if (stat.size > MAX_BYTES) throw new Error(`it is larger than ${MAX_BYTES} bytes`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

function parse(text: string): ReadonlyMap<string, string> {
  const value: unknown = JSON.parse(text);
  const chosen = isRecord(value) ? value['chosen'] : undefined;
  if (!isRecord(chosen)) throw new Error('it is not a list of choices');
  const choices = new Map<string, string>();
  for (const [group, member] of Object.entries(chosen)) {
    if (typeof member !== 'string' || member.length > LONGEST_NAME || group.length > LONGEST_NAME) {
      throw new Error('a choice in it is no name');
    }
    choices.set(group, member);
  }
  return choices;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
