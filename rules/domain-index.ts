/**
 * Finds the first rule that a domain matches: one hash lookup for the whole name, one for each
 * of its suffixes that begins at a label, and one pass for all keywords together.
 */
import { KeywordIndex } from './keyword-index.ts';

export class DomainIndex {
  readonly #exact = new Map<string, number>();
  readonly #suffixes = new Map<string, number>();
  readonly #keywords: KeywordIndex;

  /** `none` is greater than every rule index. */
  constructor(none: number) {
    this.#keywords = new KeywordIndex(none);
  }

  /** Rules are added in rising order of `rule`; the first of equal names stays. */
  addDomain(domain: string, rule: number): void {
    if (!this.#exact.has(domain)) this.#exact.set(domain, rule);
  }

  addSuffix(suffix: string, rule: number): void {
    if (!this.#suffixes.has(suffix)) this.#suffixes.set(suffix, rule);
  }

  addKeyword(keyword: string, rule: number): void {
    this.#keywords.add(keyword, rule);
  }

  /** No rule will be added any more. */
  seal(): void {
    this.#keywords.seal();
  }

  /** The smallest rule index that matches and is below `best`, else `best`. */
  first(domain: string, best: number): number {
    let found = Math.min(best, this.#exact.get(domain) ?? best);
    if (this.#suffixes.size > 0) {
      found = Math.min(found, this.#suffixes.get(domain) ?? found);
      for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1)) {
        found = Math.min(found, this.#suffixes.get(domain.slice(dot + 1)) ?? found);
      }
    }
    return this.#keywords.first(domain, found);
  }
}
