/**
 * Patterns of domain names, each with a value, as mihomo's configuration writes them (`hosts`,
 * `nameserver-policy`, `fake-ip-filter`):
 *
 *   www.example.com   this name
 *   *.example.com     names with exactly one label more; `*` may stand for any whole label
 *   +.example.com     this name and everything below it
 *   .example.com      everything below it
 *
 * Where several match, the one that agrees with more labels, counted from the right, wins; at the
 * same label a literal before `*` before the others. For lists of the size that people write.
 */
import { LONGEST_NAME, toAsciiDomain } from './domain.ts';

class Node<T> {
  /** By label; `*` is the wildcard. */
  readonly children = new Map<string, Node<T>>();
  value: T | undefined = undefined;
  /** Of everything below this node. */
  below: T | undefined = undefined;
}

export class DomainTrie<T> {
  readonly #root = new Node<T>();
  #size = 0;

  /** How many patterns there are. */
  get size(): number {
    return this.#size;
  }

  /** The same pattern again replaces its value. False where the text is no pattern. */
  set(pattern: string, value: T & ({} | null)): boolean {
    const name = toAsciiDomain(pattern);
    const kind = name.startsWith('+.') ? 'tree' : name.startsWith('.') ? 'below' : 'exact';
    const rest = name.slice({ tree: 2, below: 1, exact: 0 }[kind]);
    if (!isPatternBody(rest)) return false;
    let node = this.#root;
    for (const label of rest.split('.').reverse()) {
      let child = node.children.get(label);
      if (child === undefined) node.children.set(label, (child = new Node()));
      node = child;
    }
    const isNew = (kind === 'below' ? node.below : node.value) === undefined;
    if (kind !== 'below') node.value = value;
    if (kind !== 'exact') node.below = value;
    if (isNew) this.#size++;
    return true;
  }

  /** The value of the pattern that matches a name (normalized) best; undefined where none does. */
  find(domain: string): T | undefined {
    return find(this.#root, domain.split('.').reverse(), 0);
  }
}

/** Every node is visited once at most, so that no list of patterns makes this slow. */
function find<T>(node: Node<T>, labels: readonly string[], depth: number): T | undefined {
  const label = labels[depth];
  if (label === undefined) return node.value;
  const literal = node.children.get(label);
  const found = literal === undefined ? undefined : find(literal, labels, depth + 1);
  if (found !== undefined) return found;
  const wildcard = node.children.get('*');
  const guessed = wildcard === undefined ? undefined : find(wildcard, labels, depth + 1);
  return guessed === undefined ? node.below : guessed;
}

function isPatternBody(text: string): boolean {
  if (text.length > LONGEST_NAME || !/^[a-z0-9_.*-]+$/.test(text)) return false;
  return text.split('.').every((label) => label !== '' && (label === '*' || !label.includes('*')));
}
