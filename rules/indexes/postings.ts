/**
 * For each key (a small number) the rules that stand under it, in rising order: lists of numbers
 * in two arrays, so that a hundred thousand of them are no burden to the garbage collector.
 */

/** Whoever asks an index is told where rules that may match stand, and takes the first it can use. */
export interface RuleTaker {
  /** The smallest rule index that was taken so far: larger ones need not be told. */
  readonly best: number;
  /** `rules[start]` up to `rules[end - 1]`, in rising order. */
  take(rules: Int32Array, start: number, end: number): void;
}

export class Postings {
  #keys: number[] = [];
  #rules: number[] = [];
  #offsets = new Int32Array(1);
  #sorted = new Int32Array(0);

  /** Rules are added in rising order of `rule`. */
  add(key: number, rule: number): void {
    this.#keys.push(key);
    this.#rules.push(rule);
  }

  get count(): number {
    return this.#keys.length + this.#sorted.length;
  }

  /** Everything is in; keys are below `keys`. A counting sort, which keeps the order of rules. */
  seal(keys: number): void {
    const offsets = new Int32Array(keys + 1);
    for (const key of this.#keys) offsets[key + 1] = (offsets[key + 1] ?? 0) + 1;
    for (let key = 0; key < keys; key++) offsets[key + 1] = at(offsets, key + 1) + at(offsets, key);
    const next = offsets.slice();
    const sorted = new Int32Array(this.#rules.length);
    this.#keys.forEach((key, index) => {
      const place = at(next, key);
      next[key] = place + 1;
      sorted[place] = this.#rules[index] ?? 0;
    });
    this.#offsets = offsets;
    this.#sorted = sorted;
    this.#keys = [];
    this.#rules = [];
  }

  /** The first rule of a key; `none` where it has none. */
  first(key: number, none: number): number {
    const start = at(this.#offsets, key);
    return start < at(this.#offsets, key + 1) ? at(this.#sorted, start) : none;
  }

  tell(key: number, taker: RuleTaker): void {
    const start = at(this.#offsets, key);
    const end = at(this.#offsets, key + 1);
    if (start < end && at(this.#sorted, start) < taker.best) taker.take(this.#sorted, start, end);
  }
}

function at(array: Int32Array, index: number): number {
  return array[index] ?? 0;
}
