/** Finds the rules that name a value: a program, a user, a country. */
import { Postings } from './postings.ts';
import type { RuleTaker } from './postings.ts';

export class ValueIndex<T extends string | number> {
  readonly #numbers = new Map<T, number>();
  readonly #postings = new Postings();
  #first = Infinity;

  /** Rules are added in rising order of `rule`. */
  add(value: T, rule: number): void {
    if (this.#first === Infinity) this.#first = rule;
    let number = this.#numbers.get(value);
    if (number === undefined) this.#numbers.set(value, (number = this.#numbers.size));
    this.#postings.add(number, rule);
  }

  /** No rule will be added any more. */
  seal(): void {
    this.#postings.seal(this.#numbers.size);
  }

  /** The smallest rule of all: whether finding anything out for this index is worth it. */
  get first(): number {
    return this.#first;
  }

  find(value: T, taker: RuleTaker): void {
    const number = this.#numbers.get(value);
    if (number !== undefined) this.#postings.tell(number, taker);
  }
}
