/**
 * The pool across restarts: a file of the state folder, so that an address that some program still
 * remembers means the same name tomorrow. Written a while after a change, in pieces between which
 * other work runs, and put in its place in one step; read once. What is not exactly such a file, or
 * is about other ranges, is an empty pool.
 *
 *   {"format":1,"ranges":"198.18.0.0/16 fdfe:dcba:9876::/64"}
 *   PLACE NAME            a line for each name, the least recently used first; - is no name: the place is free
 */
import { constants } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { normalizeDomain } from '../../../rules/domain.ts';
import type { Logger } from '../../log/logger.ts';
import type { FakePool, PoolSnapshot } from './fake-pool.ts';

/** A change waits this long for others, and longer in a large pool, whose file is large. */
const DELAY_MS = 5_000;
const DELAY_MS_PER_NAME = 0.3;
/** Lines that are made in one go: well under a millisecond of work. */
const LINES_PER_PIECE = 2_000;
/** A pool as large as may be, with names as long as may be, is not much larger. */
const MAX_BYTES = 64 * 1024 * 1024;

/** In place of a name. */
const FREE = '-';

export interface PoolFileOptions {
  readonly path: string;
  readonly pool: FakePool;
  /** Which addresses the places of the pool have: the file of another layout is of no use. */
  readonly layout: string;
  readonly log: Logger;
}

export class FakePoolFile {
  readonly #options: PoolFileOptions;
  #writtenVersion: number;
  #timer: NodeJS.Timeout | null = null;
  /** The write under way. */
  #writing: Promise<void> | null = null;

  private constructor(options: PoolFileOptions) {
    this.#options = options;
    this.#writtenVersion = options.pool.version;
  }

  /** Fills the pool from the file, and keeps the file from then on. Never rejects. */
  static async open(options: PoolFileOptions): Promise<FakePoolFile> {
    const { path, pool, layout, log } = options;
    try {
      const text = await readWhole(path);
      const snapshot = text === null ? null : parse(text, layout);
      if (snapshot !== null && !pool.restore(snapshot)) throw new Error('it contradicts itself');
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      log.warning(
        'FAKE_IP_FILE',
        `The fake addresses of earlier runs are lost: ${path} cannot be used (${reason}). ` +
          'It will be replaced.',
      );
    }
    return new FakePoolFile(options);
  }

  /** Called when the pool may have changed; cheap. */
  changed(): void {
    if (this.#timer !== null || this.#options.pool.version === this.#writtenVersion) return;
    const delay = DELAY_MS + DELAY_MS_PER_NAME * this.#options.pool.size;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      void this.#write();
    }, delay).unref();
  }

  /** Writes what is not written yet. Never rejects. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    await this.#write();
  }

  async #write(): Promise<void> {
    // One after the other; a change during a write is in the next.
    while (this.#writing !== null) await this.#writing;
    const { pool, path, layout, log } = this.#options;
    if (pool.version === this.#writtenVersion) return;
    this.#writtenVersion = pool.version;
    this.#writing = writeWhole(path, layout, pool.snapshot());
    try {
      await this.#writing;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      log.warning('FAKE_IP_FILE', `Cannot store the fake addresses in ${path}: ${reason}.`);
    } finally {
      this.#writing = null;
    }
    this.changed();
  }
}

/** Null where there is none. */
async function readWhole(path: string): Promise<string | null> {
  let file;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw cause;
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile() || stat.size > MAX_BYTES) throw new Error('it is no file of this kind');
    return await file.readFile('latin1');
  } finally {
    await file.close();
  }
}

/** Null where it is about another layout. Throws where it is malformed. */
function parse(text: string, layout: string): PoolSnapshot | null {
  const lines = text.split('\n');
  const header = readHeader(lines[0] ?? '');
  if (header !== layout) return null;
  if (lines.pop() !== '') throw new Error('it is cut off');
  const count = lines.length - 1;
  const names = Array<string>(count).fill('');
  const order = new Int32Array(count);
  for (let index = 0; index < count; index++) {
    const [, digits = '', name = ''] = /^([0-9]{1,8}) ([^ ]+)$/.exec(lines[index + 1] ?? '') ?? [];
    const place = Number(digits);
    const isName = name === FREE || normalizeDomain(name) === name;
    if (digits === '' || place >= count || !isName) {
      throw new Error(`line ${index + 2} is malformed`);
    }
    // A slice of the file's text would keep all of it in memory.
    names[place] = name === FREE ? '' : Buffer.from(name, 'latin1').toString('latin1');
    order[index] = place;
  }
  return { names, order };
}

function readHeader(line: string): string {
  const header: unknown = JSON.parse(line.slice(0, 1000));
  const isHeader =
    typeof header === 'object' && header !== null && 'format' in header && 'ranges' in header;
  if (!isHeader || header.format !== 1 || typeof header.ranges !== 'string') {
    throw new Error('its first line is malformed');
  }
  return header.ranges;
}

async function writeWhole(path: string, layout: string, snapshot: PoolSnapshot): Promise<void> {
  const temporary = `${path}.new`;
  await rm(temporary, { force: true });
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.write(`${JSON.stringify({ format: 1, ranges: layout })}\n`);
    const { names, order } = snapshot;
    for (let from = 0; from < order.length; from += LINES_PER_PIECE) {
      const piece = Array.from(
        order.subarray(from, from + LINES_PER_PIECE),
        (place) => `${place} ${names[place] || FREE}\n`,
      );
      await file.write(piece.join(''));
      await setImmediate();
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
}
