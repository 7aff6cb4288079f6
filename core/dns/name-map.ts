/**
 * Which name an address was last given out for: answers are remembered, so that a connection to the
 * address is known by its name. Bounded; the least recently given goes first.
 */

interface Mapped {
  readonly name: string;
  /** On the clock of `performance.now`. */
  readonly until: number;
}

const MAX_ADDRESSES = 65_536;
/** Programs keep addresses for longer than they are told to. */
const SHORTEST_MS = 600_000;

export class NameMap {
  readonly #names = new Map<string, Mapped>();

  get size(): number {
    return this.#names.size;
  }

  /** `addresses` are canonical, `ttl` is in seconds. */
  remember(addresses: readonly string[], name: string, ttl: number): void {
    const now = performance.now();
    const until = now + Math.max(ttl * 1000, SHORTEST_MS);
    for (const address of addresses) {
      const before = this.#names.get(address);
      // A busy answer is given many times a second: once is enough.
      if (before?.name === name && before.until - until > -1000) continue;
      this.#names.delete(address);
      this.#names.set(address, { name, until });
    }
    if (this.#names.size > MAX_ADDRESSES) this.#dropOldest();
  }

  /** Null where the address was given out for no name, or too long ago. */
  lookup(address: string): string | null {
    const mapped = this.#names.get(address);
    return mapped === undefined || mapped.until < performance.now() ? null : mapped.name;
  }

  #dropOldest(): void {
    for (const address of this.#names.keys()) {
      if (this.#names.size <= MAX_ADDRESSES) break;
      this.#names.delete(address);
    }
  }

  clear(): void {
    this.#names.clear();
  }
}
