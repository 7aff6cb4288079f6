/**
 * Destinations of the self test. It opens a socket as any program would, and waits for the flow to come
 * in here: what is captured is seen, and never relayed. The engine looks for a flow's destination in
 * `Probes` before anything else; a probe lasts for one test.
 */
import type { Network } from '../../rules/flow-facts.ts';

export interface Arrival {
  /** Who called, as the packet says. */
  readonly src: string;
  readonly srcPort: number;
  /** Payload bytes of a datagram; 0 of a connection. */
  readonly size: number;
}

export interface Probe {
  readonly network: Network;
  readonly address: string;
  readonly port: number;
  /** Oldest first. */
  readonly arrivals: readonly Arrival[];
  close(): void;
}

/** Above where kernels take ports for clients from, and so nobody's by chance. */
const FIRST_PORT = 61_000;
const PORTS = 4_000;
/** Whoever calls so often is no self test. */
const MAX_ARRIVALS = 64;

export class Probes {
  readonly #open = new Map<string, Arrival[]>();

  /** From here on flows to this address and the probe's port end here. */
  open(network: Network, address: string): Probe {
    const arrivals: Arrival[] = [];
    let port = 0;
    do port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    while (this.#open.has(keyOf(network, address, port)));
    const key = keyOf(network, address, port);
    this.#open.set(key, arrivals);
    return { network, address, port, arrivals, close: () => this.#open.delete(key) };
  }

  /** Whether a flow is the self test's; it is noted then. */
  take(network: Network, dst: string, dstPort: number, arrival: Arrival): boolean {
    const arrivals = this.#find(network, dst, dstPort);
    if (arrivals === undefined) return false;
    if (arrivals.length < MAX_ARRIVALS) arrivals.push(arrival);
    return true;
  }

  /** The same, without noting it. */
  has(network: Network, dst: string, dstPort: number): boolean {
    return this.#find(network, dst, dstPort) !== undefined;
  }

  #find(network: Network, dst: string, dstPort: number): Arrival[] | undefined {
    return this.#open.size === 0 ? undefined : this.#open.get(keyOf(network, dst, dstPort));
  }
}

function keyOf(network: Network, address: string, port: number): string {
  return `${network} ${port} ${address}`;
}
