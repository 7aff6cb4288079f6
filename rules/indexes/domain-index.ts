/**
 * Finds the rules that a domain may meet: one probe for each of its suffixes that begins at a
 * label, and one pass for all keywords together.
 */
import type { Steps } from '../pace.ts';
import { NameTable, suffixes } from '../sets/name-table.ts';
import { KeywordIndex } from './keyword-index.ts';
import { Postings } from './postings.ts';
import type { RuleTaker } from './postings.ts';

export class DomainIndex {
  readonly #names = new NameTable();
  /** By the number of a name: rules for the name itself, and for it with all below it. */
  readonly #exact = new Postings();
  readonly #suffix = new Postings();
  readonly #keywords = new KeywordIndex();
  #isEmpty = true;

  /** Rules are added in rising order of `rule`, to each of the three. */
  addDomain(domain: string, rule: number): void {
    this.#isEmpty = false;
    this.#exact.add(this.#names.add(domain), rule);
  }

  addSuffix(suffix: string, rule: number): void {
    this.#isEmpty = false;
    this.#suffix.add(this.#names.add(suffix), rule);
  }

  addKeyword(keyword: string, rule: number): void {
    this.#isEmpty = false;
    this.#keywords.add(keyword, rule);
  }

  /** No rule will be added any more. */
  *seal(): Steps<void> {
    yield* this.#names.trim();
    this.#exact.seal(this.#names.count);
    yield;
    this.#suffix.seal(this.#names.count);
    yield* this.#keywords.seal();
  }

  /** Allocates nothing. */
  find(domain: string, taker: RuleTaker): void {
    if (this.#isEmpty) return;
    suffixes.of(domain);
    const last = suffixes.count - 1;
    for (let index = last; index >= 0; index--) {
      const number = this.#names.findSuffix(domain, index);
      if (number < 0) continue;
      if (index === last) this.#exact.tell(number, taker);
      this.#suffix.tell(number, taker);
    }
    this.#keywords.find(domain, taker);
  }
}
