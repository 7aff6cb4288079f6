/**
 * What was fetched, on disk: the file itself, and beside it where it came from and which state of
 * it this is. Files replace each other by renaming, so that a crash leaves the old one or the
 * new one, and a link that somebody put there is replaced, not followed.
 */
import { mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The state of a file that is kept. */
export interface FileOrigin {
  readonly url: string;
  /** Validators of RFC 9110 section 8.8; empty: none. */
  readonly etag: string;
  readonly lastModified: string;
  /** SHA-256 of the file, hex. */
  readonly hash: string;
  /** When the server last said that this is its current state, milliseconds since the epoch. */
  readonly freshAt: number;
  /** The header Subscription-Userinfo; empty: none. */
  readonly userInfo: string;
}

/** Longer ones are nothing that we wrote. */
const LARGEST_ORIGIN = 16 * 1024;

export class KeptFile {
  readonly path: string;
  readonly #originPath: string;

  constructor(path: string) {
    this.path = path;
    this.#originPath = `${path}.origin`;
  }

  /** Where a new state is written before it takes the place of the old one. */
  get newPath(): string {
    return `${this.path}.new`;
  }

  /** Null: nothing is kept, or nothing is known about it. */
  async origin(url: string): Promise<FileOrigin | null> {
    try {
      const { size } = await stat(this.#originPath);
      if (size > LARGEST_ORIGIN) return null;
      const value = JSON.parse(await readFile(this.#originPath, 'utf8')) as Partial<FileOrigin>;
      if (value.url !== url || typeof value.freshAt !== 'number') return null;
      return {
        url,
        etag: textOf(value.etag),
        lastModified: textOf(value.lastModified),
        hash: textOf(value.hash),
        freshAt: value.freshAt,
        userInfo: textOf(value.userInfo),
      };
    } catch {
      return null;
    }
  }

  /** Makes the folder, and removes what an attempt that was killed left. */
  async prepare(): Promise<void> {
    await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
    await rm(this.newPath, { force: true });
  }

  async discardNew(): Promise<void> {
    await rm(this.newPath, { force: true });
  }

  /** Puts the new state in place. The origin goes first: without it a file is only fetched again. */
  async replace(origin: FileOrigin): Promise<void> {
    await rm(this.#originPath, { force: true });
    await rename(this.newPath, this.path);
    await this.saveOrigin(origin);
  }

  async saveOrigin(origin: FileOrigin): Promise<void> {
    const path = `${this.#originPath}.new`;
    await rm(path, { force: true });
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(origin)}\n`);
    } finally {
      await file.close();
    }
    await rename(path, this.#originPath);
  }
}

/** What goes into a header again. */
function textOf(value: unknown): string {
  return typeof value === 'string' && /^[\x20-\x7e]{0,2048}$/.test(value) ? value : '';
}
