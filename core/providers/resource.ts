/**
 * A file that is used as long as it is there and kept up to date: fetched over HTTP and kept on
 * disk, or a file of the user's that is watched. Whatever goes wrong with a new state, the one
 * before stays in use. Owns its timer, its watch and its downloads until `close`.
 *
 *   open: what is on disk is used at once -> start: fetched when it is due, then again and again
 */
import { stat } from 'node:fs/promises';
import { SluiceError, toApiError } from '../api/errors.ts';
import type { ApiError } from '../api/errors.ts';
import { FileWatch } from '../config/file-watch.ts';
import type { ProviderSource } from '../config/provider-config.ts';
import type { Logger } from '../log/logger.ts';
import type { Downloader } from './download.ts';
import { KeptFile } from './kept-file.ts';
import type { FileOrigin } from './kept-file.ts';
import { nextAttempt } from './schedule.ts';

/** Puts the contents of a file into use. Rejects with `SluiceError` where they are unfit; nothing changes then. */
export type Take = (path: string, origin: FileOrigin | null) => Promise<void>;

export interface ResourceParts {
  /** As messages call it, such as `rule provider "ads"`. */
  readonly label: string;
  readonly source: ProviderSource;
  /** Where a download is kept. */
  readonly keptAt: string;
  readonly downloader: Downloader;
  readonly log: Logger;
  readonly take: Take;
}

export interface ResourceState {
  /** When the contents in use became what they are, or were last confirmed; null: nothing is in use. */
  readonly updatedAt: Date | null;
  /** Bytes of the file in use. */
  readonly size: number;
  /** What went wrong last, until something goes right. */
  readonly error: (ApiError & { readonly at: string }) | null;
  /** Null: not by itself. */
  readonly nextRefresh: Date | null;
  /** The header Subscription-Userinfo; empty: none. */
  readonly userInfo: string;
}

/** A file is written in several steps: this long after the last one it is read. */
const QUIET_MS = 100;
/** `setTimeout` takes no longer waits. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

export class Resource {
  readonly #parts: ResourceParts;
  readonly #kept: KeptFile;
  readonly #closing = new AbortController();
  /** Null: nothing is in use, or nothing is known of where it came from. */
  #origin: FileOrigin | null = null;
  #updatedAt: number | null = null;
  #size = 0;
  #error: ResourceState['error'] = null;
  #failures = 0;
  #triedAt: number | null = null;
  #next: number | null = null;
  #timer: NodeJS.Timeout | null = null;
  #watch: FileWatch | null = null;
  #started = false;
  /** The refresh under way; whoever asks meanwhile waits for the same. */
  #refreshing: Promise<void> | null = null;
  /** Of the user's file when it was read last. */
  #seen = '';

  constructor(parts: ResourceParts) {
    this.#parts = parts;
    const { source } = parts;
    this.#kept = new KeptFile(source.type === 'file' ? source.path : parts.keptAt);
  }

  get state(): ResourceState {
    return {
      updatedAt: this.#updatedAt === null ? null : new Date(this.#updatedAt),
      size: this.#size,
      error: this.#error,
      nextRefresh: this.#next === null ? null : new Date(this.#next),
      userInfo: this.#origin?.userInfo ?? '',
    };
  }

  /** Uses what is on disk. Never rejects. */
  async open(): Promise<void> {
    const { source } = this.#parts;
    if (source.type === 'file') {
      await this.refresh().catch(() => undefined);
      return;
    }
    const { path } = this.#kept;
    const found = await stat(path).catch(() => null);
    if (found === null || !found.isFile() || found.size > source.sizeLimit) return;
    const origin = await this.#kept.origin(source.url);
    try {
      await this.#parts.take(path, origin);
      this.#use(origin, found.size, origin?.freshAt ?? found.mtimeMs);
    } catch (cause) {
      this.#report(cause, `What is kept in ${path} cannot be used.`);
    }
  }

  /** From here on it is refreshed by itself. */
  start(): void {
    if (this.#started || this.#closing.signal.aborted) return;
    this.#started = true;
    const { source } = this.#parts;
    if (source.type === 'http') this.#schedule();
    else {
      this.#watch = new FileWatch(source.path, () => this.#wait(QUIET_MS));
      void this.#watch.refresh().then(() => this.#wait(QUIET_MS));
    }
  }

  /** Fetches or reads it now, unless that is under way. Rejects with `SluiceError`. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = null;
      if (this.#started && this.#parts.source.type === 'http') this.#schedule();
    });
    return this.#refreshing;
  }

  /** The network may be another now: what failed is tried again at once. */
  retry(): void {
    if (!this.#started || this.#failures === 0 || this.#refreshing !== null) return;
    if (this.#parts.source.type === 'http') void this.refresh().catch(() => undefined);
  }

  close(): void {
    this.#closing.abort();
    this.#watch?.close();
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  async #refresh(): Promise<void> {
    const { source, label } = this.#parts;
    try {
      await (source.type === 'http' ? this.#fetch(source) : this.#read(source));
      this.#failures = 0;
      this.#error = null;
    } catch (cause) {
      if (this.#closing.signal.aborted) throw cause;
      this.#failures++;
      const kept = this.#updatedAt === null ? '' : ' What was loaded before stays in use.';
      this.#report(cause, `Cannot refresh the ${label}.${kept}`);
      throw cause;
    } finally {
      this.#triedAt = Date.now();
    }
  }

  async #fetch(source: Extract<ProviderSource, { type: 'http' }>): Promise<void> {
    const kept = this.#kept;
    const { signal } = this.#closing;
    await onDisk(kept.path, () => kept.prepare());
    try {
      const { url, headers, proxy, sizeLimit } = source;
      const { kind, origin } = await this.#parts.downloader.fetch(
        { url, headers, proxy, maxBytes: sizeLimit, known: this.#origin, to: kept.newPath },
        signal,
      );
      if (kind === 'unchanged') {
        await onDisk(kept.path, () => kept.saveOrigin(origin));
        this.#use(origin, this.#size, origin.freshAt);
        return;
      }
      const { size } = await stat(kept.newPath);
      await this.#parts.take(kept.newPath, origin);
      this.#use(origin, size, origin.freshAt);
      await onDisk(kept.path, () => kept.replace(origin));
      this.#parts.log.info('PROVIDER_UPDATED', `The ${this.#parts.label} was refreshed.`);
    } finally {
      await kept.discardNew().catch(() => undefined);
    }
  }

  async #read({ path, sizeLimit }: Extract<ProviderSource, { type: 'file' }>): Promise<void> {
    await this.#watch?.refresh();
    const found = await stat(path).catch((cause: unknown) => {
      throw fileError(path, cause);
    });
    if (!found.isFile()) throw fileError(path, new Error('it is not a regular file'));
    const { dev, ino, size, mtimeMs } = found;
    this.#seen = `${dev}:${ino}:${size}:${mtimeMs}`;
    if (size > sizeLimit) {
      const message = `${path} is larger than ${sizeLimit} bytes. Raise size-limit if that is right.`;
      throw new SluiceError('ERR_LIST_TOO_LARGE', message);
    }
    await this.#parts.take(path, null);
    this.#use(null, size, mtimeMs);
  }

  #use(origin: FileOrigin | null, size: number, updatedAt: number): void {
    this.#origin = origin;
    this.#size = size;
    this.#updatedAt = updatedAt;
    this.#error = null;
  }

  #report(cause: unknown, what: string): void {
    const error = toApiError(cause);
    this.#error = { ...error, at: new Date().toISOString() };
    this.#parts.log.warning(error.code, `${what} ${error.message}`);
  }

  #schedule(): void {
    const { source } = this.#parts;
    if (source.type !== 'http' || this.#closing.signal.aborted) return;
    const now = Date.now();
    const attempts = {
      // A file of which nobody knows where it came from may be another list.
      freshAt: this.#origin === null ? null : this.#updatedAt,
      failures: this.#failures,
      triedAt: this.#triedAt,
    };
    this.#next = nextAttempt(attempts, source.interval * 1000, now, Math.random());
    if (this.#next !== null) this.#wait(Math.max(0, this.#next - now));
  }

  #wait(delay: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#closing.signal.aborted) return;
    this.#timer = setTimeout(() => this.#due(), Math.min(delay, LONGEST_WAIT_MS)).unref();
  }

  #due(): void {
    this.#timer = null;
    if (this.#next !== null && this.#next > Date.now()) {
      this.#wait(this.#next - Date.now());
      return;
    }
    void this.#refreshIfChanged().catch(() => undefined);
  }

  /** A sign of a change may be none. */
  async #refreshIfChanged(): Promise<void> {
    const { source } = this.#parts;
    if (source.type === 'file') {
      const found = await stat(source.path).catch(() => null);
      const seen = found === null ? '' : `${found.dev}:${found.ino}:${found.size}:${found.mtimeMs}`;
      if (seen === this.#seen) return;
      this.#seen = seen;
    }
    await this.refresh();
  }
}

async function onDisk(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `Cannot write ${path}: ${reason}. Is there room, and may Sluice write there?`;
    throw new SluiceError('ERR_PROVIDER_WRITE', message, { cause });
  }
}

function fileError(path: string, cause: unknown): SluiceError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  const why = { ENOENT: 'there is no such file', EACCES: 'permission denied' }[code] ?? message;
  return new SluiceError('ERR_LIST_UNREADABLE', `Cannot read ${path}: ${why}.`, { cause });
}
