/**
 * What a full cache drops first. Both ways hold values by key in the order of their use, with
 * nothing but maps, whose order is that of insertion.
 */

export interface RecencyMap<V> {
  readonly size: number;
  get(key: string): V | undefined;
  /** The value is new: one under the same key is replaced. */
  set(key: string, value: V): void;
  /** The value is being used. Need not be called for every use of a busy one. */
  touch(key: string): void;
  delete(key: string): void;
  /** Takes out the value that is worth least, or undefined where there is none. */
  evict(): V | undefined;
  clear(): void;
  /** A copy, what was used last first; of ARC those that were used again before those that were not. */
  newest(): [key: string, value: V][];
}

/** The least recently used goes first. */
export class LruMap<V> implements RecencyMap<V> {
  readonly #values = new Map<string, V>();

  get size(): number {
    return this.#values.size;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  set(key: string, value: V): void {
    this.#values.delete(key);
    this.#values.set(key, value);
  }

  touch(key: string): void {
    const value = this.#values.get(key);
    if (value !== undefined) this.set(key, value);
  }

  delete(key: string): void {
    this.#values.delete(key);
  }

  evict(): V | undefined {
    return takeOldest(this.#values)?.[1];
  }

  clear(): void {
    this.#values.clear();
  }

  newest(): [string, V][] {
    return [...this.#values].reverse();
  }
}

/**
 * ARC (Megiddo and Modha, FAST 2003): values that were used once and those that were used again
 * share the room, in a proportion that follows what was dropped too early. A scan over many names
 * that nobody asks for again leaves the busy ones where they are.
 */
export class ArcMap<V> implements RecencyMap<V> {
  /** Used once, and used again. */
  readonly #once = new Map<string, V>();
  readonly #again = new Map<string, V>();
  /** Keys that were dropped from each. */
  readonly #onceGone = new Map<string, true>();
  readonly #againGone = new Map<string, true>();
  readonly #capacity: number;
  /** How many of those that were used once are worth keeping. */
  #target = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#once.size + this.#again.size;
  }

  get(key: string): V | undefined {
    return this.#once.get(key) ?? this.#again.get(key);
  }

  set(key: string, value: V): void {
    const wasOnce = this.#onceGone.delete(key);
    const wasAgain = this.#againGone.delete(key);
    if (wasOnce) this.#aim(Math.max(1, this.#againGone.size / (this.#onceGone.size + 1)));
    if (wasAgain) this.#aim(-Math.max(1, this.#onceGone.size / (this.#againGone.size + 1)));
    const isKnown = wasOnce || wasAgain || this.#once.delete(key) || this.#again.delete(key);
    (isKnown ? this.#again : this.#once).set(key, value);
  }

  touch(key: string): void {
    const value = this.get(key);
    if (value === undefined) return;
    this.#once.delete(key);
    this.#again.delete(key);
    this.#again.set(key, value);
  }

  delete(key: string): void {
    this.#once.delete(key);
    this.#again.delete(key);
  }

  evict(): V | undefined {
    const fromOnce =
      this.#once.size > 0 && (this.#once.size > this.#target || this.#again.size === 0);
    const taken = takeOldest(fromOnce ? this.#once : this.#again);
    if (taken === undefined) return undefined;
    const gone = fromOnce ? this.#onceGone : this.#againGone;
    gone.set(taken[0], true);
    // What is remembered of the dropped is as many keys as there are values.
    if (gone.size > this.#capacity) takeOldest(gone);
    return taken[1];
  }

  clear(): void {
    for (const map of [this.#once, this.#again, this.#onceGone, this.#againGone]) map.clear();
    this.#target = 0;
  }

  newest(): [string, V][] {
    return [...this.#once, ...this.#again].reverse();
  }

  #aim(step: number): void {
    this.#target = Math.min(Math.max(this.#target + step, 0), this.#capacity);
  }
}

function takeOldest<T>(map: Map<string, T>): [string, T] | undefined {
  for (const entry of map) {
    map.delete(entry[0]);
    return entry;
  }
  return undefined;
}
