/**
 * The resolvers of this machine, as resolv.conf(5) lists them: in their order, the next one when the
 * one before has failed or taken too long. The list is read again for each query, so that a
 * change counts at once. Owns the servers it made of it.
 */
import { FailureMemory } from '../failure-memory.ts';
import { RaceLost, race, summary } from '../race.ts';
import type { ResolverSettings } from '../resolv-conf.ts';
import { ServerFailure } from './server.ts';
import type { Answer, DnsServer, Query } from './server.ts';

export interface SystemServerOptions {
  readonly settings: () => Promise<ResolverSettings>;
  /** Makes the server of an address, which may have a scope (`fe80::1%eth0`). */
  readonly make: (address: string) => DnsServer;
}

export class SystemServer implements DnsServer {
  readonly name: string;
  readonly #options: SystemServerOptions;
  readonly #memory = new FailureMemory();
  #servers: ReadonlyMap<string, DnsServer> = new Map();

  constructor(name: string, options: SystemServerOptions) {
    this.name = name;
    this.#options = options;
  }

  async ask(query: Query, signal: AbortSignal): Promise<Answer> {
    const { servers: addresses, timeout, attempts } = await this.#options.settings();
    if (addresses.length === 0) throw new ServerFailure('no-route', 'this machine has no resolver');
    const servers = this.#serversOf(addresses);
    const failed = servers.filter((server) => this.#memory.failedLately(server));
    const ordered = [...servers.filter((server) => !failed.includes(server)), ...failed];
    const entrants = ordered.map((server, index) => ({ server, delay: index * timeout }));
    const limit = new AbortController();
    const late = (): void => limit.abort(new ServerFailure('silent', 'no answer'));
    const timer = setTimeout(late, timeout * attempts * servers.length);
    const onAbort = (): void => limit.abort(signal.reason);
    signal.addEventListener('abort', onAbort);
    try {
      signal.throwIfAborted();
      const { answer, server } = await race(entrants, query, limit.signal, (asked, failure) =>
        this.#memory.note(asked, failure),
      );
      return { ...answer, from: `${this.name} (${server.name})` };
    } catch (cause) {
      throw cause instanceof RaceLost ? summary(cause.failures) : cause;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  reset(): void {
    this.#memory.forget();
    for (const server of this.#servers.values()) server.reset();
  }

  #serversOf(addresses: readonly string[]): DnsServer[] {
    const known = this.#servers;
    const servers = addresses.map((address) => known.get(address) ?? this.#options.make(address));
    this.#servers = new Map(
      addresses.map((address, index) => [address, servers[index] as DnsServer]),
    );
    for (const [address, server] of known) if (!this.#servers.has(address)) server.reset();
    return servers;
  }
}
