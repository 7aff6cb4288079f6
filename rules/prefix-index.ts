/**
 * Finds the first rule whose prefix contains an address. One hash table holds every prefix; a
 * lookup tries each prefix length in use (33 or 129 at most), however many prefixes there are,
 * and stops at the first length that cannot beat what was already found.
 */
import type { Ip, IpPrefix } from './ip.ts';
import { wordMask } from './ip.ts';

interface LengthInUse {
  readonly length: number;
  /** The smallest rule index among the prefixes of this length. */
  readonly first: number;
}

/** Both families, each in a table of its own. */
export class PrefixIndex {
  readonly #four = new FamilyTable(1);
  readonly #six = new FamilyTable(4);

  /** Rules are added in rising order of `rule`; the first of equal prefixes stays. */
  add(prefix: IpPrefix, rule: number): void {
    this.#table(prefix.ip).add(prefix, rule);
  }

  /** The smallest rule index that matches and is below `best`, else `best`. */
  first(ip: Ip, best: number): number {
    return this.#table(ip).first(ip, best);
  }

  #table(ip: Ip): FamilyTable {
    return ip.family === 4 ? this.#four : this.#six;
  }
}

/**
 * Open addressing with linear probing over one Int32Array. A slot is the address words, the
 * prefix length + 1 (0: the slot is free) and the rule index.
 */
class FamilyTable {
  readonly #words: number;
  readonly #stride: number;
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

  add(prefix: IpPrefix, rule: number): void {
    const { ip, length } = prefix;
    if (!this.#lengthSeen.has(length)) {
      this.#lengthSeen.add(length);
      this.#lengths.push({ length, first: rule });
    }
    if (this.#count * 2 > this.#mask) this.#grow();
    const slot = this.#find(ip.w0, ip.w1, ip.w2, ip.w3, length);
    if (this.#slots[slot + this.#words] !== 0) return;
    this.#put(slot, ip.w0, ip.w1, ip.w2, ip.w3, length, rule);
    this.#count++;
  }

  first(ip: Ip, best: number): number {
    let found = best;
    for (const { length, first } of this.#lengths) {
      if (first >= found) return found;
      const w0 = ip.w0 & wordMask(length, 0);
      const slot =
        this.#words === 1
          ? this.#find(w0, 0, 0, 0, length)
          : this.#find(
              w0,
              ip.w1 & wordMask(length, 1),
              ip.w2 & wordMask(length, 2),
              ip.w3 & wordMask(length, 3),
              length,
            );
      if (this.#at(slot + this.#words) !== 0) {
        found = Math.min(found, this.#at(slot + this.#words + 1));
      }
    }
    return found;
  }

  /** Where the prefix is, or the free slot where it would go. */
  #find(w0: number, w1: number, w2: number, w3: number, length: number): number {
    let hash = Math.imul(w0 ^ Math.imul(length, 0x9e3779b1), 0x85ebca6b);
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
    rule: number,
  ): void {
    this.#slots[slot] = w0;
    if (this.#words === 4) {
      this.#slots[slot + 1] = w1;
      this.#slots[slot + 2] = w2;
      this.#slots[slot + 3] = w3;
    }
    this.#slots[slot + this.#words] = length + 1;
    this.#slots[slot + this.#words + 1] = rule;
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
      const rule = old[slot + this.#words + 1] ?? 0;
      this.#put(this.#find(w0, w1, w2, w3, length), w0, w1, w2, w3, length, rule);
    }
  }

  #at(index: number): number {
    return this.#slots[index] ?? 0;
  }
}
