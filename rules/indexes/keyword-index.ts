/**
 * Finds the rules whose keyword is part of a text, in one pass over the text: Aho and Corasick's
 * automaton. Edges are in one hash table of typed arrays; a node knows the smallest rule of all
 * keywords that end there, so that most of them need no look.
 */
import { STEP } from '../pace.ts';
import type { Steps } from '../pace.ts';
import { SECRET, SECRET_FACTOR } from '../secret.ts';
import { Postings } from './postings.ts';
import type { RuleTaker } from './postings.ts';

const NONE = 0x7fffffff;
const ASCII = 128;
const MOST_ROWS = 1024;

export class KeywordIndex {
  /** Triples: the node an edge leaves + 1 (0: free), its character, the node it leads to. */
  #edges = new Int32Array(3 * 32);
  #mask = 31;
  #nodes = 1;
  readonly #postings = new Postings();
  /**
   * Where each ASCII character leads from the root and the nodes nearest to it, at which most
   * characters are met: one row each. By node: the number of its row, from 1; 0: it has none.
   */
  #rows = new Int32Array(0);
  #rowOf = new Int32Array(1);
  /** By node: where to go on when no edge fits. Node 0 is the root. */
  #fallback = new Int32Array(1);
  /** By node: the next node on the way of fallbacks at which keywords end; 0: none. */
  #output = new Int32Array(1);
  /** By node: the smallest rule of what ends here or on the way of fallbacks. */
  #best = new Int32Array(1);

  /** Rules are added in rising order of `rule`. */
  add(keyword: string, rule: number): void {
    let node = 0;
    for (let index = 0; index < keyword.length; index++) {
      const code = keyword.charCodeAt(index);
      let next = this.#edge(node, code);
      if (next < 0) {
        next = this.#nodes++;
        this.#put(node, code, next);
      }
      node = next;
    }
    this.#postings.add(node, rule);
  }

  /** Every keyword is in: completes the automaton. */
  *seal(): Steps<void> {
    this.#postings.seal(this.#nodes);
    this.#fallback = new Int32Array(this.#nodes);
    this.#output = new Int32Array(this.#nodes);
    this.#best = new Int32Array(this.#nodes);
    const order = yield* this.#breadthFirst();
    this.#best[0] = NONE;
    this.#rowOf = new Int32Array(this.#nodes);
    for (const [index, { parent, code, node }] of order.entries()) {
      if (index % STEP === 0) yield;
      const fallback = parent === 0 ? 0 : this.#step(this.#fallback[parent] ?? 0, code);
      const hasOwn = this.#postings.first(fallback, NONE) !== NONE;
      this.#fallback[node] = fallback;
      this.#output[node] = hasOwn ? fallback : (this.#output[fallback] ?? 0);
      this.#best[node] = Math.min(this.#postings.first(node, NONE), this.#best[fallback] ?? NONE);
    }
    const near = order.slice(0, MOST_ROWS - 1).map(({ node }) => node);
    yield* this.#makeRows([0, ...near]);
  }

  find(text: string, taker: RuleTaker): void {
    if (this.#nodes === 1) return;
    let node = 0;
    for (let index = 0; index < text.length; index++) {
      node = this.#step(node, text.charCodeAt(index));
      if ((this.#best[node] ?? NONE) >= taker.best) continue;
      for (let end = node; end !== 0; end = this.#output[end] ?? 0) this.#postings.tell(end, taker);
    }
  }

  #step(from: number, code: number): number {
    for (let node = from; ; node = this.#fallback[node] ?? 0) {
      const row = this.#rowOf[node] ?? 0;
      if (row !== 0 && code < ASCII) return this.#rows[row * ASCII - ASCII + code] ?? 0;
      const next = this.#edge(node, code);
      if (next >= 0) return next;
      if (node === 0) return 0;
    }
  }

  *#makeRows(nodes: readonly number[]): Steps<void> {
    const rows = new Int32Array(nodes.length * ASCII);
    for (const [row, node] of nodes.entries()) {
      if (row % 64 === 0) yield;
      for (let code = 0; code < ASCII; code++) rows[row * ASCII + code] = this.#step(node, code);
    }
    this.#rows = rows;
    for (const [row, node] of nodes.entries()) this.#rowOf[node] = row + 1;
  }

  /** Where an edge leads; -1 where there is none. */
  #edge(node: number, code: number): number {
    const edges = this.#edges;
    for (let slot = place(node, code) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = 3 * slot;
      const from = edges[at] ?? 0;
      if (from === 0) return -1;
      if (from === node + 1 && edges[at + 1] === code) return edges[at + 2] ?? 0;
    }
  }

  #put(node: number, code: number, next: number): void {
    if (this.#nodes * 2 > this.#mask) this.#grow();
    let slot = place(node, code) & this.#mask;
    while (this.#edges[3 * slot] !== 0) slot = (slot + 1) & this.#mask;
    this.#edges.set([node + 1, code, next], 3 * slot);
  }

  #grow(): void {
    const old = this.#edges;
    this.#mask = this.#mask * 2 + 1;
    this.#edges = new Int32Array(3 * (this.#mask + 1));
    for (let at = 0; at < old.length; at += 3) {
      const node = (old[at] ?? 0) - 1;
      if (node < 0) continue;
      let slot = place(node, old[at + 1] ?? 0) & this.#mask;
      while (this.#edges[3 * slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#edges.set(old.subarray(at, at + 3), 3 * slot);
    }
  }

  /** All edges, so that those to a node come after those to nodes nearer to the root. */
  *#breadthFirst(): Steps<{ parent: number; code: number; node: number }[]> {
    /** By node: the edge that leads to it, as its place in the table. */
    const edgeTo = new Int32Array(this.#nodes);
    const depth = new Int32Array(this.#nodes);
    for (let at = 0; at < this.#edges.length; at += 3) {
      if ((this.#edges[at] ?? 0) !== 0) edgeTo[this.#edges[at + 2] ?? 0] = at;
    }
    yield;
    const byDepth: { parent: number; code: number; node: number }[][] = [];
    // A node's number is greater than its parent's.
    for (let node = 1; node < this.#nodes; node++) {
      if (node % STEP === 0) yield;
      const at = edgeTo[node] ?? 0;
      const parent = (this.#edges[at] ?? 1) - 1;
      const own = (depth[parent] ?? 0) + 1;
      depth[node] = own;
      (byDepth[own - 1] ??= []).push({ parent, code: this.#edges[at + 1] ?? 0, node });
    }
    return byDepth.flat();
  }
}

function place(node: number, code: number): number {
  const mixed = Math.imul(Math.imul(node ^ SECRET, SECRET_FACTOR) ^ code, 0x85ebca6b);
  return mixed ^ (mixed >>> 15);
}
