/**
 * Names and the addresses that stand for them. A name has one place, and with it one address in
 * each family, for as long as it is kept; a full pool gives the place of the name that was used
 * least recently to the next, unless something uses its address. Compact: a map, an array of names,
 * and typed arrays that grow with the number of names.
 */
import { parseIp, prefixContains } from '../../../rules/ip.ts';
import type { FakeRange } from './fake-range.ts';

export interface FakePoolOptions {
  /** Null: the family has no fake addresses. At least one is there. */
  readonly range4: FakeRange | null;
  readonly range6: FakeRange | null;
  /** Names at most; the ranges may hold fewer. */
  readonly maxNames: number;
}

/** What a restart should find again. */
export interface PoolSnapshot {
  readonly names: readonly string[];
  readonly order: Int32Array;
}

const NONE = -1;
const FIRST_ROOM = 1024;
/** Places in use that are passed over in one go to find one that is not. */
const MOST_PASSED = 256;

export class FakePool {
  readonly range4: FakeRange | null;
  readonly range6: FakeRange | null;
  readonly capacity: number;
  readonly #places = new Map<string, number>();
  readonly #names: string[] = [];
  /** The order of use, as a list in both directions through the places. */
  #newer = new Int32Array(FIRST_ROOM);
  #older = new Int32Array(FIRST_ROOM);
  /** How many flows use the address of each place. */
  #holds = new Uint16Array(FIRST_ROOM);
  #newest = NONE;
  #oldest = NONE;
  #evicted = 0;
  /** Counts up with each change of what a restart should find again. */
  #version = 0;

  constructor({ range4, range6, maxNames }: FakePoolOptions) {
    this.range4 = range4;
    this.range6 = range6;
    this.capacity = Math.min(maxNames, range4?.size ?? maxNames, range6?.size ?? maxNames);
  }

  /** Names that have an address. */
  get size(): number {
    return this.#places.size;
  }

  /** Names that lost theirs to another. */
  get evicted(): number {
    return this.#evicted;
  }

  get version(): number {
    return this.#version;
  }

  has(name: string): boolean {
    return this.#places.has(name);
  }

  /** The place of a name, which counts as a use of it; -1 where it has none and none is free. */
  take(name: string): number {
    const found = this.#places.get(name);
    if (found !== undefined) {
      this.#touch(found);
      return found;
    }
    const place = this.#names.length < this.capacity ? this.#append() : this.#reuse();
    if (place === NONE) return NONE;
    this.#names[place] = name;
    this.#places.set(name, place);
    this.#link(place);
    this.#version += 1;
    return place;
  }

  /** Whether an address is in one of the ranges, and so never a true one. */
  covers(address: string): boolean {
    const ip = parseIp(address);
    if (ip === null) return false;
    const range = ip.family === 4 ? this.range4 : this.range6;
    return range !== null && prefixContains(range.prefix, ip);
  }

  /** The name behind an address, which counts as a use of it; null where it has none. */
  nameOf(address: string): string | null {
    const place = this.#placeOf(address);
    if (place === NONE) return null;
    this.#touch(place);
    return this.#names[place] ?? null;
  }

  /** Keeps the place of an address from being given away, until `release`. */
  hold(address: string): void {
    const place = this.#placeOf(address);
    const holds = this.#holds[place] ?? 0;
    if (place !== NONE && holds < 0xffff) this.#holds[place] = holds + 1;
  }

  release(address: string): void {
    const place = this.#placeOf(address);
    const holds = this.#holds[place] ?? 0;
    // What was held too often to be counted stays held.
    if (place !== NONE && holds > 0 && holds < 0xffff) this.#holds[place] = holds - 1;
  }

  /** Forgets every name. */
  clear(): void {
    this.#places.clear();
    this.#names.length = 0;
    this.#holds.fill(0);
    this.#newest = NONE;
    this.#oldest = NONE;
    this.#version += 1;
  }

  /** Names by place, and the places in the order of use, the least recent first. Later changes do not reach it. */
  snapshot(): PoolSnapshot {
    const order = new Int32Array(this.#names.length);
    let place = this.#oldest;
    for (let index = 0; index < order.length; index++) {
      order[index] = place;
      place = this.#newer[place] ?? NONE;
    }
    return { names: this.#names.slice(), order };
  }

  /** Gives names the places that they had. False, and an empty pool, where the snapshot contradicts itself. */
  restore({ names, order }: PoolSnapshot): boolean {
    this.clear();
    const isRight =
      names.length <= this.capacity &&
      order.length === names.length &&
      new Set(names).size === names.length &&
      new Set(order).size === names.length &&
      order.every((place) => names[place] !== undefined && names[place] !== '');
    if (!isRight) return false;
    for (const [place, name] of names.entries()) {
      this.#append();
      this.#names[place] = name;
      this.#places.set(name, place);
    }
    for (const place of order) this.#link(place);
    return true;
  }

  #placeOf(address: string): number {
    const ip = parseIp(address);
    if (ip === null) return NONE;
    const range = ip.family === 4 ? this.range4 : this.range6;
    if (range === null || !prefixContains(range.prefix, ip)) return NONE;
    const place = range.placeOf(ip);
    return place < this.#names.length ? place : NONE;
  }

  #append(): number {
    const place = this.#names.length;
    this.#names.push('');
    if (place < this.#newer.length) return place;
    const room = Math.min(2 * place, this.capacity);
    this.#newer = grown(this.#newer, new Int32Array(room));
    this.#older = grown(this.#older, new Int32Array(room));
    this.#holds = grown(this.#holds, new Uint16Array(room));
    return place;
  }

  /** The place of the least recently used name that nothing uses, without its name; -1 where there is none. */
  #reuse(): number {
    for (let passed = 0; passed < MOST_PASSED; passed++) {
      const place = this.#oldest;
      if (place === NONE) return NONE;
      if (this.#holds[place] !== 0) {
        this.#touch(place);
        continue;
      }
      this.#unlink(place);
      this.#places.delete(this.#names[place] ?? '');
      this.#evicted += 1;
      return place;
    }
    return NONE;
  }

  #touch(place: number): void {
    if (place === this.#newest) return;
    this.#unlink(place);
    this.#link(place);
  }

  #link(place: number): void {
    this.#newer[place] = NONE;
    this.#older[place] = this.#newest;
    if (this.#newest !== NONE) this.#newer[this.#newest] = place;
    else this.#oldest = place;
    this.#newest = place;
  }

  #unlink(place: number): void {
    const newer = this.#newer[place] ?? NONE;
    const older = this.#older[place] ?? NONE;
    if (newer === NONE) this.#newest = older;
    else this.#older[newer] = older;
    if (older === NONE) this.#oldest = newer;
    else this.#newer[older] = newer;
  }
}

function grown<T extends Int32Array | Uint16Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
