/**
 * The states that the configuration file has had, in a database of the state folder: what each one
 * said, when, who changed it, and which one it changed. Bounded in number and bytes; the oldest go
 * first. Owns the database until `close`.
 */
import { chmodSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import type { Author, Revision } from '../../api/edit.ts';
import { SluiceError } from '../../api/errors.ts';
import { LARGEST_CONFIG } from '../load-config.ts';
import { hashOf } from './config-file.ts';

export interface HistoryLimits {
  /** Revisions of one file. */
  readonly maxRevisions: number;
  /** Of all texts together, packed. */
  readonly maxBytes: number;
}

const USUAL_LIMITS: HistoryLimits = { maxRevisions: 500, maxBytes: 32 * 1024 * 1024 };

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS revisions (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    file TEXT NOT NULL,
    parent INTEGER,
    time TEXT NOT NULL,
    author TEXT NOT NULL,
    summary TEXT NOT NULL,
    hash TEXT NOT NULL,
    size INTEGER NOT NULL,
    packed BLOB NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS current (file TEXT PRIMARY KEY, id INTEGER NOT NULL) STRICT;
`;

const pack = promisify(deflateRaw);
const unpack = promisify(inflateRaw);

export interface NewRevision {
  readonly text: string;
  readonly author: Author;
  readonly summary: string;
}

export class RevisionStore {
  readonly #database: DatabaseSync;
  readonly #file: string;
  readonly #limits: HistoryLimits;

  /** Revisions of `file`, an absolute path. A database that is damaged is begun anew. */
  constructor(path: string, file: string, limits: HistoryLimits = USUAL_LIMITS) {
    this.#database = open(path);
    this.#file = file;
    this.#limits = limits;
  }

  /** Newest first. */
  list(): Revision[] {
    const rows = this.#database
      .prepare('SELECT * FROM revisions WHERE file = ? ORDER BY id DESC')
      .all(this.#file);
    return rows.map((row) => revisionOf(row));
  }

  /** The revision that the file had last. */
  get current(): Revision | null {
    const row = this.#database
      .prepare('SELECT revisions.* FROM revisions JOIN current USING (id) WHERE current.file = ?')
      .get(this.#file);
    return row === undefined ? null : revisionOf(row);
  }

  has(id: number): boolean {
    const query = 'SELECT 1 FROM revisions WHERE id = ? AND file = ?';
    return this.#database.prepare(query).get(id, this.#file) !== undefined;
  }

  /** Throws `ERR_REVISION_UNKNOWN`. */
  get(id: number): Revision {
    const row = this.#database
      .prepare('SELECT * FROM revisions WHERE id = ? AND file = ?')
      .get(id, this.#file);
    if (row === undefined) throw unknown(id);
    return revisionOf(row);
  }

  /** The one that was made last of those that changed this one; null: none. */
  latestChild(id: number): Revision | null {
    const row = this.#database
      .prepare('SELECT * FROM revisions WHERE parent = ? AND file = ? ORDER BY id DESC LIMIT 1')
      .get(id, this.#file);
    return row === undefined ? null : revisionOf(row);
  }

  /** Rejects with `ERR_REVISION_UNKNOWN`. */
  async textOf(id: number): Promise<string> {
    const row = this.#database
      .prepare('SELECT packed, hash FROM revisions WHERE id = ? AND file = ?')
      .get(id, this.#file);
    if (row === undefined) throw unknown(id);
    const bytes = await unpack(row['packed'] as Uint8Array, {
      maxOutputLength: LARGEST_CONFIG + 1,
    });
    const text = bytes.toString();
    if (hashOf(text) === row['hash']) return text;
    throw new SluiceError('ERR_REVISION_DAMAGED', `Revision ${id} is damaged and cannot be used`);
  }

  /** Keeps a text as the one that the file has now. */
  async add({ text, author, summary }: NewRevision): Promise<Revision> {
    const packed = await pack(text);
    const size = Buffer.byteLength(text);
    const parent = this.current?.id ?? null;
    const time = new Date().toISOString();
    return this.#atOnce(() => {
      const { lastInsertRowid } = this.#database
        .prepare(
          'INSERT INTO revisions (file, parent, time, author, summary, hash, size, packed) ' +
            'VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
        )
        .run(this.#file, parent, time, author, summary, hashOf(text), size, packed);
      const id = Number(lastInsertRowid);
      this.#makeCurrent(id);
      this.#trim(id);
      return this.get(id);
    });
  }

  /** The file has this revision again. */
  moveTo(id: number): void {
    this.get(id);
    this.#makeCurrent(id);
  }

  close(): void {
    this.#database.close();
  }

  #makeCurrent(id: number): void {
    this.#database
      .prepare(
        'INSERT INTO current VALUES (?, ?) ON CONFLICT (file) DO UPDATE SET id = excluded.id',
      )
      .run(this.#file, id);
  }

  #trim(keep: number): void {
    const { maxRevisions, maxBytes } = this.#limits;
    this.#database
      .prepare(
        'DELETE FROM revisions WHERE file = ? AND id <= ' +
          '(SELECT id FROM revisions WHERE file = ? ORDER BY id DESC LIMIT 1 OFFSET ?)',
      )
      .run(this.#file, this.#file, maxRevisions);
    this.#database
      .prepare(
        'DELETE FROM revisions WHERE id <> ? AND id IN (SELECT id FROM (SELECT id, ' +
          'SUM(LENGTH(packed)) OVER (ORDER BY id DESC) AS total FROM revisions) WHERE total > ?)',
      )
      .run(keep, maxBytes);
  }

  #atOnce<T>(change: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = change();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }
}

function open(path: string): DatabaseSync {
  try {
    return openOnce(path);
  } catch {
    // What it knew is lost; the configuration itself is not.
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true });
    return openOnce(path);
  }
}

function openOnce(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { timeout: 1000 });
  try {
    // A configuration has passwords in it.
    chmodSync(path, 0o600);
    database.exec(SCHEMA);
    const check = database.prepare('PRAGMA quick_check').get()?.['quick_check'];
    if (check !== 'ok') throw new Error('it is damaged');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function revisionOf(row: Record<string, unknown>): Revision {
  return {
    id: Number(row['id']),
    parent: row['parent'] === null ? null : Number(row['parent']),
    time: String(row['time']),
    author: row['author'] as Author,
    summary: String(row['summary']),
    hash: String(row['hash']),
    size: Number(row['size']),
  };
}

function unknown(id: number): SluiceError {
  return new SluiceError(
    'ERR_REVISION_UNKNOWN',
    `There is no revision ${id}: "sluice history" lists them`,
  );
}
