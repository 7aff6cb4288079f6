/**
 * Finds the rules whose prefix contains an address. One hash table holds every prefix; a lookup
 * tries each prefix length in use (33 or 129 at most), however many prefixes there are, and stops
 * at the first length that cannot beat what was already found. Numbers such as ports are
 * addresses of their own kind here: a range of them is a few prefixes.
 */
import type { Ip, IpPrefix } from '../ip.ts';
import { wordMask } from '../ip.ts';
import { SECRET, SECRET_FACTOR } from '../secret.ts';
import type { NumberRange } from '../rule.ts';
import { Postings } from './postings.ts';
import type { RuleTaker } from './postings.ts';

interface LengthInUse {
  readonly length: number;
  /** The smallest rule index among the prefixes of this length. */
  readonly first: number;
}

/** Both families, each in a table of its own. */
export class PrefixIndex {
  readonly #four = new PrefixTable(1);
  readonly #six = new PrefixTable(4);

  /** Rules are added in rising order of `rule`. */
  add({ ip, length }: IpPrefix, rule: number): void {
    if (ip.family === 4) this.#four.add(ip.w0, 0, 0, 0, length, rule);
    else this.#six.add(ip.w0, ip.w1, ip.w2, ip.w3, length, rule);
  }

  /** No rule will be added any more. */
  seal(): void {
    this.#four.seal();
    this.#six.seal();
  }

  /** Allocates nothing. */
  find(ip: Ip, taker: RuleTaker): void {
    if (ip.family === 4) this.#four.find(ip.w0, 0, 0, 0, taker);
    else this.#six.find(ip.w0, ip.w1, ip.w2, ip.w3, taker);
  }
}

/** Ranges of numbers from 0 to 0xffffffff. */
export class RangeIndex {
  readonly #table = new PrefixTable(1);

  add(ranges: readonly NumberRange[], rule: number): void {
    for (const { first, last } of ranges) {
      for (let at = first; at <= last;) {
        // The largest aligned block that begins here and does not go beyond the end.
        let size = 1;
        while (at % (size * 2) === 0 && at + size * 2 - 1 <= last && size < 2 ** 32) size *= 2;
        this.#table.add(at | 0, 0, 0, 0, 32 - Math.log2(size), rule);
        at += size;
      }
    }
  }

  seal(): void {
    this.#table.seal();
  }

  find(value: number, taker: RuleTaker): void {
    this.#table.find(value | 0, 0, 0, 0, taker);
  }
}

/**
 * Open addressing with linear probing over one Int32Array. A slot is the address words, the
 * prefix length + 1 (0: the slot is free) and the number of the prefix.
 */
class PrefixTable {
  readonly #words: number;
  readonly #stride: number;
  readonly #postings = new Postings();
  #slots: Int32Array;
  #mask: number;
  #count = 0;
  /** In rising order of `first`, which is the order in which lengths were first added. */
  readonly #lengths: LengthInUse[] = [];
  readonly #lengthSeen = new Set<number>();

  constructor(words: number) {
    this.#words = words;
    this.#stride = words + 2;
    this.#mask = 15;
    this.#slots = new Int32Array(16 * this.#stride);
  }

  add(w0: number, w1: number, w2: number, w3: number, length: number, rule: number): void {
    if (!this.#lengthSeen.has(length)) {
      this.#lengthSeen.add(length);
      this.#lengths.push({ length, first: rule });
    }
    if (this.#count * 2 > this.#mask) this.#grow();
    const slot = this.#find(w0, w1, w2, w3, length);
    if (this.#slots[slot + this.#words] === 0) {
      this.#put(slot, w0, w1, w2, w3, length, this.#count++);
    }
    this.#postings.add(this.#at(slot + this.#words + 1), rule);
  }

  seal(): void {
    this.#postings.seal(this.#count);
  }

  find(w0: number, w1: number, w2: number, w3: number, taker: RuleTaker): void {
    const lengths = this.#lengths;
    for (let index = 0; index < lengths.length; index++) {
      const inUse = lengths[index];
      if (inUse === undefined || inUse.first >= taker.best) return;
      const { length } = inUse;
      const slot =
        this.#words === 1
          ? this.#find(w0 & wordMask(length, 0), 0, 0, 0, length)
          : this.#find(
              w0 & wordMask(length, 0),
              w1 & wordMask(length, 1),
              w2 & wordMask(length, 2),
              w3 & wordMask(length, 3),
              length,
            );
      if (this.#at(slot + this.#words) !== 0) {
        this.#postings.tell(this.#at(slot + this.#words + 1), taker);
      }
    }
  }

  /** Where the prefix is, or the free slot where it would go. */
  #find(w0: number, w1: number, w2: number, w3: number, length: number): number {
    let hash = Math.imul(w0 ^ SECRET ^ Math.imul(length, 0x9e3779b1), SECRET_FACTOR);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    if (this.#words === 4) {
      hash = Math.imul(hash ^ (hash >>> 15) ^ w1, 0xc2b2ae35);
      hash = Math.imul(hash ^ (hash >>> 15) ^ w2, 0x27d4eb2f);
      hash = Math.imul(hash ^ (hash >>> 15) ^ w3, 0x165667b1);
    }
    for (let index = hash ^ (hash >>> 16); ; index++) {
      const slot = (index & this.#mask) * this.#stride;
      const stored = this.#at(slot + this.#words);
      if (stored === 0) return slot;
      if (stored !== length + 1 || this.#at(slot) !== w0) continue;
      if (this.#words === 1) return slot;
      if (this.#at(slot + 1) === w1 && this.#at(slot + 2) === w2 && this.#at(slot + 3) === w3) {
        return slot;
      }
    }
  }

  #put(
    slot: number,
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    length: number,
    number: number,
  ): void {
    this.#slots[slot] = w0;
    if (this.#words === 4) {
      this.#slots[slot + 1] = w1;
      this.#slots[slot + 2] = w2;
      this.#slots[slot + 3] = w3;
    }
    this.#slots[slot + this.#words] = length + 1;
    this.#slots[slot + this.#words + 1] = number;
  }

  #grow(): void {
    const old = this.#slots;
    const size = (this.#mask + 1) * 2;
    this.#mask = size - 1;
    this.#slots = new Int32Array(size * this.#stride);
    for (let slot = 0; slot < old.length; slot += this.#stride) {
      const length = (old[slot + this.#words] ?? 0) - 1;
      if (length < 0) continue;
      const word = (index: number): number => (index < this.#words ? (old[slot + index] ?? 0) : 0);
      const [w0, w1, w2, w3] = [word(0), word(1), word(2), word(3)];
      const number = old[slot + this.#words + 1] ?? 0;
      this.#put(this.#find(w0, w1, w2, w3, length), w0, w1, w2, w3, length, number);
    }
  }

  #at(index: number): number {
    return this.#slots[index] ?? 0;
  }
}
