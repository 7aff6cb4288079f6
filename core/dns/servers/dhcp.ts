/**
 * The resolvers that DHCP gave an interface: written down by the system's DHCP client, else asked of
 * the DHCP server. Remembers them until they are old or the interface has another address.
 */
import { networkInterfaces } from 'node:os';
import { askDhcp } from '../dhcp/ask-dhcp.ts';
import { leasedServers } from '../dhcp/lease-files.ts';
import type { LeaseFolders } from '../dhcp/lease-files.ts';
import { RaceLost, race, summary } from '../race.ts';
import type { Answer, DnsServer, Query } from './server.ts';
import { SharedDial } from './shared-dial.ts';

const KEPT_MS = 3600_000;

export interface DhcpServerOptions {
  readonly interfaceName: string;
  readonly leases: LeaseFolders;
  /** Makes the server of an address that is reached by the interface. */
  readonly make: (address: string) => DnsServer;
}

interface Learned {
  readonly servers: readonly DnsServer[];
  /** The interface's address then. */
  readonly own: string;
  readonly until: number;
}

export class DhcpServer implements DnsServer {
  readonly name: string;
  readonly #options: DhcpServerOptions;
  readonly #lookup: SharedDial<Learned>;
  #learned: Learned | null = null;

  constructor(name: string, options: DhcpServerOptions) {
    this.name = name;
    this.#options = options;
    this.#lookup = new SharedDial(
      name,
      (signal) => this.#learn(signal),
      () => undefined,
    );
  }

  async ask(query: Query, signal: AbortSignal): Promise<Answer> {
    const { servers } = await this.#current(signal);
    const entrants = servers.map((server) => ({ server, delay: 0 }));
    try {
      const { answer, server } = await race(entrants, query, signal);
      return { ...answer, from: `${this.name} (${server.name})` };
    } catch (cause) {
      throw cause instanceof RaceLost ? summary(cause.failures) : cause;
    }
  }

  reset(): void {
    for (const server of this.#learned?.servers ?? []) server.reset();
    this.#learned = null;
  }

  async #current(signal: AbortSignal): Promise<Learned> {
    const known = this.#learned;
    if (known !== null && known.until > performance.now() && known.own === this.#ownAddress()) {
      return known;
    }
    this.#learned = await this.#lookup.join(signal);
    return this.#learned;
  }

  async #learn(signal: AbortSignal): Promise<Learned> {
    const { interfaceName, leases, make } = this.#options;
    const own = this.#ownAddress();
    const leased = await leasedServers(interfaceName, leases);
    const addresses = leased.length > 0 ? leased : await askDhcp(interfaceName, signal);
    return { servers: addresses.map(make), own, until: performance.now() + KEPT_MS };
  }

  #ownAddress(): string {
    const all = networkInterfaces()[this.#options.interfaceName] ?? [];
    return all.find(({ family }) => family === 'IPv4')?.address ?? '';
  }
}
