/**
 * Finds the first rule whose keyword is part of a domain, in one pass over the domain: Aho and
 * Corasick's automaton, where each node knows the smallest rule of all keywords that end there.
 */
export class KeywordIndex {
  /** From a node by a character (`node * 128 + code`) to a node; domains are ASCII. Node 0 is the root. */
  readonly #edges = new Map<number, number>();
  /** By node: where to go on when no edge fits, and the smallest rule of what ends here. */
  readonly #fallback: number[] = [0];
  readonly #best: number[];
  readonly #none: number;

  /** `none` is greater than every rule index. */
  constructor(none: number) {
    this.#none = none;
    this.#best = [none];
  }

  add(keyword: string, rule: number): void {
    let node = 0;
    for (let index = 0; index < keyword.length; index++) {
      const key = node * 128 + keyword.charCodeAt(index);
      let next = this.#edges.get(key);
      if (next === undefined) {
        next = this.#best.push(this.#none) - 1;
        this.#fallback.push(0);
        this.#edges.set(key, next);
      }
      node = next;
    }
    this.#best[node] = Math.min(this.#bestAt(node), rule);
  }

  /** Every keyword is in: completes the automaton. */
  seal(): void {
    const depth = new Int32Array(this.#best.length);
    // Edges were inserted parents first, so that one pass knows every depth.
    const edges = Array.from(this.#edges, ([key, node]) => {
      const parent = Math.floor(key / 128);
      depth[node] = (depth[parent] ?? 0) + 1;
      return { parent, code: key % 128, node };
    });
    edges.sort((a, b) => (depth[a.node] ?? 0) - (depth[b.node] ?? 0));
    for (const { parent, code, node } of edges) {
      const fallback = parent === 0 ? 0 : this.#step(this.#fallback[parent] ?? 0, code);
      this.#fallback[node] = fallback;
      this.#best[node] = Math.min(this.#bestAt(node), this.#bestAt(fallback));
    }
  }

  /** The smallest rule index that matches and is below `best`, else `best`. */
  first(domain: string, best: number): number {
    if (this.#edges.size === 0) return best;
    let found = best;
    let node = 0;
    for (let index = 0; index < domain.length; index++) {
      node = this.#step(node, domain.charCodeAt(index));
      found = Math.min(found, this.#bestAt(node));
    }
    return found;
  }

  #step(from: number, code: number): number {
    let node = from;
    for (;;) {
      const next = this.#edges.get(node * 128 + code);
      if (next !== undefined) return next;
      if (node === 0) return 0;
      node = this.#fallback[node] ?? 0;
    }
  }

  #bestAt(node: number): number {
    return this.#best[node] ?? this.#none;
  }
}
