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
  /** By place; empty: the place is free. */
  readonly names: readonly string[];
  readonly order: Int32Array;
}

/** A name of the pool, for who looks at it. */
export interface PoolEntry {
  readonly name: string;
  readonly place: number;
  /** Flows that use its address now. */
  readonly flows: number;
  /** Of the latest use, seconds on the clock of `performance.now`; null: before this start. */
  readonly usedAt: number | null;
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
  /** When each place was used last, in seconds from 1 on; 0: before this start. */
  #usedAt = new Uint32Array(FIRST_ROOM);
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
      this.#use(found);
      return found;
    }
    const place = this.#freePlace();
    if (place === NONE) return NONE;
    this.#names[place] = name;
    this.#places.set(name, place);
    this.#link(place);
    this.#usedAt[place] = now();
    this.#version += 1;
    return place;
  }

  /** What is known of a name; null where it has no address. Is no use of it. */
  look(name: string): PoolEntry | null {
    const place = this.#places.get(name);
    if (place === undefined) return null;
    const usedAt = this.#usedAt[place] ?? 0;
    return {
      ...{ name, place, flows: this.#holds[place] ?? 0 },
      usedAt: usedAt === 0 ? null : usedAt - 1,
    };
  }

  /** The name behind an address, or null. Is no use of it. */
  peekName(address: string): string | null {
    return this.#names[this.#placeOf(address)] || null;
  }

  /** Takes the address from a name, whose place is the next that is given away; false where flows use it, or it has none. */
  forget(name: string): boolean {
    const place = this.#places.get(name);
    if (place === undefined || this.#holds[place] !== 0) return false;
    this.#places.delete(name);
    this.#names[place] = '';
    this.#unlink(place);
    this.#linkOldest(place);
    this.#version += 1;
    return true;
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
    const name = this.#names[place] ?? '';
    if (place === NONE || name === '') return null;
    this.#use(place);
    return name;
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
    this.#usedAt.fill(0);
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
    const given = names.filter((name) => name !== '');
    const isRight =
      names.length <= this.capacity &&
      order.length === names.length &&
      new Set(given).size === given.length &&
      new Set(order).size === names.length &&
      order.every((place) => names[place] !== undefined);
    if (!isRight) return false;
    for (const [place, name] of names.entries()) {
      this.#append();
      this.#names[place] = name;
      if (name !== '') this.#places.set(name, place);
    }
    for (const place of order) if (names[place] !== '') this.#link(place);
    for (const place of order) if (names[place] === '') this.#linkOldest(place);
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

  /** A place without a name; -1 where every place is in use. */
  #freePlace(): number {
    // Free places are the oldest of the list.
    if (this.#places.size < this.#names.length) {
      const place = this.#oldest;
      this.#unlink(place);
      return place;
    }
    return this.#names.length < this.capacity ? this.#append() : this.#reuse();
  }

  #append(): number {
    const place = this.#names.length;
    this.#names.push('');
    if (place < this.#newer.length) return place;
    const room = Math.min(2 * place, this.capacity);
    this.#newer = grown(this.#newer, new Int32Array(room));
    this.#older = grown(this.#older, new Int32Array(room));
    this.#holds = grown(this.#holds, new Uint16Array(room));
    this.#usedAt = grown(this.#usedAt, new Uint32Array(room));
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

  #use(place: number): void {
    this.#usedAt[place] = now();
    this.#touch(place);
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

  #linkOldest(place: number): void {
    this.#older[place] = NONE;
    this.#newer[place] = this.#oldest;
    if (this.#oldest !== NONE) this.#older[this.#oldest] = place;
    else this.#newest = place;
    this.#oldest = place;
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

/** Seconds, from 1 on. */
function now(): number {
  return Math.floor(performance.now() / 1000) + 1;
}

function grown<T extends Int32Array | Uint16Array | Uint32Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
