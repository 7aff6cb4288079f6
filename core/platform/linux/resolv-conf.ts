/**
 * /etc/resolv.conf, where it leads to the tunnel while Sluice runs. It may be a file, a link to one
 * that another program keeps, or a file that is mounted there; it becomes that again. What was
 * there is kept in the state folder: a copy of a file, or a link to where the link led, so that
 * whoever reads it sees what that program writes meanwhile.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { OWN_MARK } from '../../dns/resolv-conf.ts';
import { draftOf, replaceFile, syncFolder } from '../../files/replace-file.ts';
import type { Ownership } from '../../files/replace-file.ts';
import type { ChangeKind, Journal } from '../journal.ts';

/** What was there. */
export type Original =
  | ({ readonly kind: 'file'; readonly sha256: string } & Ownership)
  | { readonly kind: 'link'; readonly target: string }
  | { readonly kind: 'none' };

export interface ResolvConfChange {
  /** SHA-256 of what we wrote, the latest first: a crash may come before it is written. */
  readonly ours: readonly string[];
  readonly original: Original;
}

const MAX_BYTES = 64 * 1024;
/** glibc reads no more (resolv.conf(5)). */
const MAX_SERVERS = 3;
/** More than one where the tunnel has moved. */
const MAX_VERSIONS = 16;
const SHA256 = /^[0-9a-f]{64}$/;

export class ResolvConf {
  readonly changes: ChangeKind<ResolvConfChange>;
  readonly #path: string;
  readonly #backup: string;
  /** What is in force. */
  #own: ResolvConfChange | null = null;

  /** `backup` is where what was there is kept. */
  constructor(path: string, backup: string) {
    this.#path = path;
    this.#backup = backup;
    this.changes = {
      parse: parseChange,
      undo: async (change, notice) => this.#undo(change, notice),
    };
  }

  /** Whether it leads into this folder. */
  isLinkInto(folder: string): boolean {
    const original = this.#look();
    return (
      original.kind === 'link' &&
      resolve(dirname(this.#path), original.target).startsWith(`${folder}/`)
    );
  }

  /** What is there is still what we wrote, or we wrote nothing. */
  get isUntouched(): boolean {
    return this.#own === null || this.#own.ours.includes(sha256(this.text));
  }

  /** Its text, or that of where it leads; empty where it cannot be read. */
  get text(): string {
    try {
      return readBounded(this.#path);
    } catch {
      return '';
    }
  }

  /**
   * Journals and makes the change; called again with another server, replaces it. Throws an
   * `Error` that says why it cannot be, or that others have changed it since.
   */
  point(server: string, journal: Journal): void {
    const text = this.text;
    const own = this.#own;
    if (own === null) {
      if (text.startsWith(OWN_MARK)) throw new Error('it is what another Sluice wrote there');
      const original = this.#look();
      this.#keep(original, text);
      this.#write({ ours: [], original }, this.#textFor(server, text), journal);
      return;
    }
    if (!own.ours.includes(sha256(text))) throw new Error('another program has changed it');
    const original = own.original.kind === 'none' ? '' : this.#kept();
    const wanted = this.#textFor(server, original);
    if (wanted !== text) this.#write(own, wanted, journal);
  }

  #write({ ours, original }: ResolvConfChange, text: string, journal: Journal): void {
    const change = { ours: [sha256(text), ...ours].slice(0, MAX_VERSIONS), original };
    journal.record(this.changes, change);
    this.#own = change;
    this.#replace(text, original);
  }

  #replace(text: string, original: Original): void {
    const owner = original.kind === 'file' ? original : null;
    replaceFile(this.#path, Buffer.from(text, 'latin1'), { mode: 0o644, owner });
  }

  /** Ours first, and where that is gone after a crash the others still answer. */
  #textFor(server: string, original: string): string {
    const lines = original.split('\n').map((line) => line.trim());
    const others = lines.filter((line) => /^nameserver\s/.test(line));
    const settings = lines.filter((line) => /^(search|domain|options|sortlist)\s/.test(line));
    return [
      `${OWN_MARK} What was here is in ${this.#backup}`,
      '# and comes back when it ends; after a crash "sluice cleanup" brings it back.',
      `nameserver ${server}`,
      ...others.slice(0, MAX_SERVERS - 1),
      ...settings,
      '',
    ].join('\n');
  }

  #look(): Original {
    let stat;
    try {
      stat = lstatSync(this.#path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kind: 'none' };
      throw error;
    }
    if (stat.isSymbolicLink()) return { kind: 'link', target: readlinkSync(this.#path) };
    if (!stat.isFile()) throw new Error('it is not a regular file');
    return {
      kind: 'file',
      sha256: sha256(readBounded(this.#path)),
      mode: stat.mode & 0o7777,
      uid: stat.uid,
      gid: stat.gid,
    };
  }

  #keep(original: Original, text: string): void {
    rmSync(this.#backup, { force: true });
    if (original.kind === 'link') {
      symlinkSync(resolve(dirname(this.#path), original.target), this.#backup);
      syncFolder(dirname(this.#backup));
    } else if (original.kind === 'file') {
      replaceFile(this.#backup, Buffer.from(text, 'latin1'), { mode: 0o600, owner: null });
    }
  }

  #undo({ ours, original }: ResolvConfChange, notice: (sentence: string) => void): string[] {
    const path = this.#path;
    let current: Original;
    try {
      current = this.#look();
    } catch {
      current = { kind: 'none' };
    }
    const isOurs = current.kind === 'file' && ours.includes(current.sha256);
    if (!isOurs) {
      if (!isSame(current, original)) {
        notice(`${path} was changed by another program while Sluice ran: it is left as it is.`);
      }
      this.#forget();
      return [];
    }
    if (original.kind === 'none') rmSync(path);
    if (original.kind === 'link') replaceWithLink(path, original.target);
    if (original.kind === 'file') {
      const text = this.#kept();
      if (sha256(text) !== original.sha256) {
        throw new Error(`${path} still leads to Sluice, but ${this.#backup} is damaged: edit it`);
      }
      this.#replace(text, original);
    }
    syncFolder(dirname(path));
    this.#forget();
    return [path];
  }

  /** Empty where it cannot be read, such as behind a link that leads nowhere. */
  #kept(): string {
    try {
      return readBounded(this.#backup);
    } catch {
      return '';
    }
  }

  #forget(): void {
    this.#own = null;
    rmSync(this.#backup, { force: true });
  }
}

function parseChange(data: unknown): ResolvConfChange | null {
  if (typeof data !== 'object' || data === null) return null;
  const { ours, original } = data as Partial<Record<string, unknown>>;
  if (!Array.isArray(ours) || ours.length > MAX_VERSIONS) return null;
  if (!ours.every((hash): hash is string => typeof hash === 'string' && SHA256.test(hash))) {
    return null;
  }
  if (typeof original !== 'object' || original === null) return null;
  const { kind, target, sha256: hash, mode, uid, gid } = original as Record<string, unknown>;
  if (kind === 'none') return { ours, original: { kind } };
  if (kind === 'link') {
    if (typeof target !== 'string' || target === '' || target.length > 4096) return null;
    return target.includes('\0') ? null : { ours, original: { kind, target } };
  }
  if (kind !== 'file' || typeof hash !== 'string' || !SHA256.test(hash)) return null;
  if (!isNumber(mode, 0o7777) || !isNumber(uid, 2 ** 32 - 2) || !isNumber(gid, 2 ** 32 - 2)) {
    return null;
  }
  return { ours, original: { kind, sha256: hash, mode, uid, gid } };
}

function isNumber(value: unknown, max: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= max;
}

function isSame(a: Original, b: Original): boolean {
  if (a.kind === 'file' && b.kind === 'file') return a.sha256 === b.sha256;
  if (a.kind === 'link' && b.kind === 'link') return a.target === b.target;
  return a.kind === b.kind;
}

function replaceWithLink(path: string, target: string): void {
  const draft = draftOf(path);
  rmSync(draft, { force: true });
  symlinkSync(target, draft);
  renameSync(draft, path);
}

function readBounded(path: string): string {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) throw new Error(`${path} is not a regular file`);
    if (stat.size > MAX_BYTES) throw new Error(`${path} is larger than ${MAX_BYTES} bytes`);
    return readFileSync(fd, 'latin1');
  } finally {
    closeSync(fd);
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('hex');
}
