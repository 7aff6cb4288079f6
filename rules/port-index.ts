/** Finds the first rule that names a port: one entry for each of the 65536. */
import type { PortRange } from './rule.ts';

const PORTS = 65536;

export class PortIndex {
  /** The first rule of each port; `NONE` where there is none. Allocated with the first rule. */
  #rules: Int32Array | null = null;
  /**
   * For each port the next one, itself included, that may still be without a rule: ranges that
   * overlap are then filled once, whatever a file says.
   */
  #free: Int32Array | null = null;

  /** Rules are added in rising order of `rule`. */
  add(ranges: readonly PortRange[], rule: number): void {
    this.#rules ??= new Int32Array(PORTS).fill(-1);
    this.#free ??= Int32Array.from({ length: PORTS + 1 }, (_, port) => port);
    for (const { first, last } of ranges) {
      let port = nextFree(this.#free, first);
      while (port <= last) {
        this.#rules[port] = rule;
        this.#free[port] = port + 1;
        port = nextFree(this.#free, port + 1);
      }
    }
  }

  /** No rule will be added any more. */
  seal(): void {
    this.#free = null;
  }

  /** The smallest rule index that matches and is below `best`, else `best`. */
  first(port: number, best: number): number {
    const rule = this.#rules?.[port] ?? -1;
    return rule >= 0 && rule < best ? rule : best;
  }
}

function nextFree(free: Int32Array, from: number): number {
  let port = from;
  for (let next; (next = free[port] ?? port) !== port; port = next) {
    // Halves the path for whoever comes next.
    free[port] = free[next] ?? next;
  }
  return port;
}
