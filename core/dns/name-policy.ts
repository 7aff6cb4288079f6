/** Which names go to which servers: the keys of `nameserver-policy` in the order of mihomo. */
import { DomainTrie } from '../../rules/domain-trie.ts';
import type { NamePattern } from '../config/dns-config.ts';
import type { NameSets } from './exchange.ts';

export interface PolicyEntry<T> {
  readonly patterns: readonly NamePattern[];
  readonly value: T;
}

type Step<T> = (name: string) => T | undefined;

/**
 * Names that follow each other are one table, in which the most specific pattern wins; a set is
 * asked where it stands in the order.
 */
export class NamePolicy<T extends {}> {
  readonly #steps: Step<T>[] = [];

  /** A set that does not exist (yet) has no names. */
  constructor(entries: readonly PolicyEntry<T>[], sets: NameSets) {
    let trie: DomainTrie<T> | null = null;
    for (const { patterns, value } of entries) {
      for (const pattern of patterns) {
        if (pattern.kind === 'domain') {
          if (trie === null) this.#steps.push(finder((trie = new DomainTrie())));
          trie.set(pattern.pattern, value);
        } else {
          trie = null;
          const { kind, name: set } = pattern;
          this.#steps.push((name) => (sets(kind, set)?.has(name) === true ? value : undefined));
        }
      }
    }
  }

  /** `name` as in `Question`. */
  find(name: string): T | undefined {
    for (const step of this.#steps) {
      const found = step(name);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function finder<T>(trie: DomainTrie<T>): Step<T> {
  return (name) => trie.find(name);
}
