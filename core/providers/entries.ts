/**
 * The entries of a list as they travel from the worker that reads files to the thread that uses
 * them: all text in one buffer, which changes hands without being copied. Whoever takes them
 * apart does it in slices, so that nothing else has to wait for a million of them.
 */
import { setImmediate } from 'node:timers/promises';

export interface EntryList {
  /** UTF-8, a line feed after each entry. */
  readonly text: Uint8Array;
  readonly count: number;
  /** What its author wrote, where that is less: some formats store one entry as two. */
  readonly written: number;
  /** The line of each entry in its file; empty where the file has no lines. */
  readonly lines: Uint32Array;
  /** Broken lines that were found already. */
  readonly broken: number;
  /** The first of them. */
  readonly problems: readonly ListProblem[];
}

export interface ListProblem {
  /** From 1; 0: the file has no lines. */
  readonly line: number;
  readonly message: string;
}

/** Collects entries. The buffer grows; nothing is kept for each entry but its line. */
export class EntryWriter {
  #text = Buffer.allocUnsafe(64 * 1024);
  #length = 0;
  #lines = new Uint32Array(4096);
  #count = 0;

  /** `entry` is on one line. */
  add(entry: string, line: number): void {
    const room = 3 * entry.length + 1;
    if (this.#length + room > this.#text.length) {
      const text = Buffer.allocUnsafe(2 * this.#text.length + room);
      this.#text.copy(text, 0, 0, this.#length);
      this.#text = text;
    }
    this.#length += this.#text.write(entry, this.#length);
    this.#text[this.#length++] = LF;
    if (this.#count === this.#lines.length) {
      const lines = new Uint32Array(2 * this.#count);
      lines.set(this.#lines);
      this.#lines = lines;
    }
    this.#lines[this.#count++] = line;
  }

  /** To be called once. `broken` and `problems` are what was found beside the entries. */
  finish(broken: number, problems: readonly ListProblem[], written = this.#count): EntryList {
    return {
      text: new Uint8Array(this.#text.subarray(0, this.#length)),
      count: this.#count,
      written: Math.min(written, this.#count),
      lines: this.#lines.slice(0, this.#count),
      broken,
      problems,
    };
  }
}

/** Problems that are told of one list; the others are counted. */
export const MOST_PROBLEMS = 20;

/** Counts broken lines and keeps the first ones. */
export class ProblemList {
  broken = 0;
  readonly problems: ListProblem[] = [];

  add(line: number, message: string): void {
    if (this.broken++ < MOST_PROBLEMS) this.problems.push({ line, message });
  }
}

const LF = 0x0a;
/** Of text that is decoded at once. */
const SLICE_BYTES = 32 * 1024;
/** Others have to wait for no longer than about this. */
const SLICE_MS = 3;

/** Calls `each` with every entry and its line, in slices. Rejects with what `each` throws, or when `signal` aborts. */
export async function forEachEntry(
  list: EntryList,
  each: (entry: string, line: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const text = Buffer.from(list.text.buffer, list.text.byteOffset, list.text.byteLength);
  let index = 0;
  let start = 0;
  let until = performance.now() + SLICE_MS;
  while (start < text.length) {
    const end = text.indexOf(LF, Math.min(start + SLICE_BYTES, text.length - 1)) + 1;
    for (const entry of text.toString('utf8', start, end - 1).split('\n')) {
      each(entry, list.lines[index++] ?? 0);
      if (index % 64 !== 0 || performance.now() < until) continue;
      await setImmediate();
      signal.throwIfAborted();
      until = performance.now() + SLICE_MS;
    }
    start = end;
  }
}
