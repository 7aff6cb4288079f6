/**
 * Domain names to small numbers, for a few names or a million of them: all text in one buffer, a
 * hash of each name in typed arrays, and a comparison of the text itself, so that no other name
 * is ever taken for one of these. A lookup of a name and of all its suffixes costs one pass over
 * its characters and a probe for each label, whatever the table holds, and allocates nothing.
 */
import { LONGEST_NAME } from '../domain.ts';
import { STEP } from '../pace.ts';
import type { Steps } from '../pace.ts';
import { SECRET, SECRET_FACTOR } from '../secret.ts';

/** As many labels as a name of 253 characters can have, and one. */
const MOST_LABELS = 128;

const DOT = 0x2e;

/** The hash of a name grows from its last character to its first, so that suffixes come on the way. */
function step(hash: number, code: number): number {
  const mixed = Math.imul(hash ^ code, SECRET_FACTOR);
  return mixed ^ (mixed >>> 15);
}

/** The suffixes of the name that was looked up last, from the shortest; the last is the name. */
class Suffixes {
  name = '';
  count = 0;
  readonly starts = new Uint8Array(MOST_LABELS);
  readonly hashes = new Int32Array(MOST_LABELS);

  /** `name` is normalized. Does nothing where it is the one from before. */
  of(name: string): void {
    if (name === this.name) return;
    this.name = name;
    let hash = SECRET;
    let count = 0;
    for (let index = name.length - 1; index >= 0; index--) {
      const code = name.charCodeAt(index);
      if (code === DOT && count < MOST_LABELS - 1) {
        this.starts[count] = index + 1;
        this.hashes[count++] = hash;
      }
      hash = step(hash, code);
    }
    this.starts[count] = 0;
    this.hashes[count++] = hash;
    this.count = name === '' ? 0 : count;
  }
}

/** One for all tables: a decision asks many of them about the same name. */
export const suffixes = new Suffixes();

export class NameTable {
  /** All names, one after the other. */
  #text: Uint8Array;
  #textLength = 0;
  /** By number: where the name begins; one more for the end of the last. */
  #starts: Uint32Array;
  #count = 0;
  /** Pairs of a hash and a number + 1; 0: free. */
  #slots = new Int32Array(32);
  #mask = 15;
  /** A bit for each of many values of the hash: most names that are not here end at it. */
  #filter: Int32Array | null = null;
  #filterShift = 0;
  /** Bit n: some name has n labels; the last bit stands for that and more. */
  #labelCounts = 0;

  /** Room for as many names as are expected, so that little is copied while it fills. */
  constructor(expected = 16) {
    this.#text = new Uint8Array(Math.max(64, expected * 16));
    this.#starts = new Uint32Array(expected + 1);
    let size = 16;
    while (size < expected * 1.5) size *= 2;
    this.#resize(size);
  }

  /** Numbers go from 0 to `count - 1`. */
  get count(): number {
    return this.#count;
  }

  /** What is allocated. */
  get bytes(): number {
    return (
      (this.#filter?.byteLength ?? 0) +
      this.#text.byteLength +
      this.#starts.byteLength +
      this.#slots.byteLength
    );
  }

  /** The number of a normalized name, given to it where it has none yet. */
  add(name: string): number {
    let hash = SECRET;
    let labels = 1;
    for (let index = name.length - 1; index >= 0; index--) {
      const code = name.charCodeAt(index);
      if (code === DOT) labels++;
      hash = step(hash, code);
    }
    const found = this.#find(hash, name, 0);
    if (found >= 0) return found;
    if (name.length > LONGEST_NAME) throw new RangeError('a name longer than any can be');
    this.#labelCounts |= 1 << Math.min(labels, 31);
    const number = this.#append(name);
    if (this.#count * 1.5 > this.#mask) this.#resize((this.#mask + 1) * 2);
    this.#put(hash, number);
    return number;
  }

  /** The number of suffix `index` of `suffixes`, which must be of `name`; -1 where it is none. */
  findSuffix(name: string, index: number): number {
    if ((this.#labelCounts & (1 << Math.min(index + 1, 31))) === 0) return -1;
    const hash = suffixes.hashes[index] ?? 0;
    if (this.#filter !== null) {
      const bit = hash >>> this.#filterShift;
      if (((this.#filter[bit >>> 5] ?? 0) & (1 << (bit & 31))) === 0) return -1;
    }
    return this.#find(hash, name, suffixes.starts[index] ?? 0);
  }

  find(name: string): number {
    suffixes.of(name);
    return suffixes.count === 0 ? -1 : this.findSuffix(name, suffixes.count - 1);
  }

  nameOf(number: number): string {
    const start = this.#starts[number] ?? 0;
    return String.fromCharCode(...this.#text.subarray(start, this.#starts[number + 1] ?? start));
  }

  /** Nothing will be added any more: gives back the room that is left. */
  *trim(): Steps<void> {
    this.#filter = yield* this.#makeFilter();
    this.#text = this.#text.slice(0, this.#textLength);
    yield;
    this.#starts = this.#starts.slice(0, this.#count + 1);
    yield;
  }

  /** Four bits for each slot, told apart by the bits of the hash that the slots do not use. */
  *#makeFilter(): Steps<Int32Array> {
    const bits = Math.min(30, 34 - Math.clz32(this.#mask));
    const filter = new Int32Array(2 ** (bits - 5));
    this.#filterShift = 32 - bits;
    const slots = this.#slots;
    for (let at = 0; at < slots.length; at += 2) {
      if (at % STEP === 0) yield;
      if (slots[at + 1] === 0) continue;
      const bit = (slots[at] ?? 0) >>> this.#filterShift;
      filter[bit >>> 5] = (filter[bit >>> 5] ?? 0) | (1 << (bit & 31));
    }
    return filter;
  }

  #find(hash: number, name: string, from: number): number {
    const slots = this.#slots;
    const mask = this.#mask;
    for (let index = hash & mask; ; index = (index + 1) & mask) {
      const entry = slots[2 * index + 1] ?? 0;
      if (entry === 0) return -1;
      if (slots[2 * index] === hash && this.#same(entry - 1, name, from)) return entry - 1;
    }
  }

  #same(number: number, name: string, from: number): boolean {
    const start = this.#starts[number] ?? 0;
    const end = this.#starts[number + 1] ?? 0;
    if (end - start !== name.length - from) return false;
    for (let index = start; index < end; index++) {
      if (this.#text[index] !== name.charCodeAt(from + index - start)) return false;
    }
    return true;
  }

  #append(name: string): number {
    if (this.#textLength + name.length > this.#text.length) {
      const text = new Uint8Array(this.#text.length * 2 + LONGEST_NAME);
      text.set(this.#text);
      this.#text = text;
    }
    if (this.#count + 2 > this.#starts.length) {
      const starts = new Uint32Array(this.#starts.length * 2);
      starts.set(this.#starts);
      this.#starts = starts;
    }
    for (let index = 0; index < name.length; index++) {
      this.#text[this.#textLength++] = name.charCodeAt(index);
    }
    this.#starts[++this.#count] = this.#textLength;
    return this.#count - 1;
  }

  #put(hash: number, number: number): void {
    let index = hash & this.#mask;
    while ((this.#slots[2 * index + 1] ?? 0) !== 0) index = (index + 1) & this.#mask;
    this.#slots[2 * index] = hash;
    this.#slots[2 * index + 1] = number + 1;
  }

  #resize(size: number): void {
    const old = this.#slots;
    this.#slots = new Int32Array(2 * size);
    this.#mask = size - 1;
    for (let index = 0; index < old.length; index += 2) {
      const entry = old[index + 1] ?? 0;
      if (entry !== 0) this.#put(old[index] ?? 0, entry - 1);
    }
  }
}
