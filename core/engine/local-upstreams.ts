/**
 * Upstreams and resolvers whose server is on this machine. The program behind one dials out like any
 * other, and would be captured and sent to itself, without end: its flows leave directly, whatever
 * the rules say.
 */
import type { Endpoint, Network } from '../api/flows.ts';
import type { Config } from '../config/config.ts';

/** What this needs to know of the machine. */
export interface LocalMachine {
  isOwnAddress(address: string): boolean;
  /** Ports of the resolvers on this machine (dnsmasq, unbound) that our own asks; they listen for TCP, too. */
  resolverPorts(): readonly number[];
  /** Whether a program that listens on one of the TCP ports has this socket. Never rejects. */
  owns(
    ports: readonly number[],
    socket: { readonly network: Network; readonly local: Endpoint; readonly peer: Endpoint },
  ): Promise<boolean>;
}

export class LocalUpstreams {
  readonly #machine: LocalMachine;
  readonly #ports: readonly number[];

  constructor(config: Config, machine: LocalMachine) {
    this.#machine = machine;
    this.#ports = localServerPorts(config, machine);
  }

  /** Whether a flow from here is such a program's; null where that cannot be, without a look. */
  isBehindFlow(network: Network, local: Endpoint, peer: Endpoint): Promise<boolean> | null {
    if (this.#ports.length === 0 || !this.#machine.isOwnAddress(local.address)) return null;
    return this.#machine.owns(this.#ports, { network, local, peer });
  }

  /**
   * Whether a query is that of the resolver on this machine that we ask: answered by us it would wait
   * for itself. Null where that cannot be, without a look.
   */
  isResolverBehind(network: Network, local: Endpoint, peer: Endpoint): Promise<boolean> | null {
    const machine = this.#machine;
    const ports = machine.resolverPorts();
    if (ports.length === 0 || !machine.isOwnAddress(local.address)) return null;
    return machine.owns(ports, { network, local, peer });
  }
}

/** Only servers that are dialled from here count: what lies behind another proxy is elsewhere. */
function localServerPorts({ proxies }: Config, machine: LocalMachine): number[] {
  const ports = new Set<number>();
  for (const proxy of proxies) {
    if (!('server' in proxy) || proxy.dialerProxy !== '') continue;
    const isLocal = proxy.server === 'localhost' || machine.isOwnAddress(proxy.server);
    if (isLocal) ports.add(proxy.port);
  }
  return [...ports];
}
