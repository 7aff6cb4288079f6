/**
 * Looks up the names that Sluice itself needs (servers of upstreams, destinations of DIRECT) past
 * the tunnel, with the resolvers of the system: each is asked from the address by which the
 * tunnel lets it pass. Owns a small cache and the lookups under way.
 */
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { UpstreamError } from '../api/errors.ts';
import type { Binding } from '../native/binding.d.ts';
import { HostsFile } from './hosts-file.ts';
import { queryServer } from './query-server.ts';
import type { Answer } from './query-server.ts';
import { readResolverSettings } from './resolv-conf.ts';
import type { ResolvConfPaths, ResolverSettings } from './resolv-conf.ts';

export interface SystemResolverOptions {
  /** See `Platform.bindingFor`. */
  readonly bindingFor: (address: string) => Binding | null;
  /** Where the system keeps its settings; tests bring their own. */
  readonly paths?: ResolverPaths;
}

export interface ResolverPaths extends ResolvConfPaths {
  readonly hosts: string;
}

interface Lookup {
  readonly result: Promise<readonly string[]>;
  readonly abort: AbortController;
  waiting: number;
}

interface Cached {
  readonly addresses: readonly string[];
  /** On the clock of `performance.now`, which never jumps. */
  readonly until: number;
}

const SYSTEM_PATHS: ResolverPaths = {
  hosts: '/etc/hosts',
  resolvConf: '/etc/resolv.conf',
  resolvedConf: '/run/systemd/resolve/resolv.conf',
};

const MAX_CACHED = 4096;
const MAX_LOOKUPS = 1024;
const MAX_TTL_S = 300;
/** RFC 6761 section 6.3. */
const LOCALHOST: readonly string[] = ['127.0.0.1', '::1'];

export class SystemResolver {
  readonly #bindingFor: SystemResolverOptions['bindingFor'];
  readonly #paths: ResolverPaths;
  readonly #hosts: HostsFile;
  readonly #cache = new Map<string, Cached>();
  readonly #lookups = new Map<string, Lookup>();

  constructor(options: SystemResolverOptions) {
    this.#bindingFor = options.bindingFor;
    this.#paths = options.paths ?? SYSTEM_PATHS;
    this.#hosts = new HostsFile(this.#paths.hosts);
  }

  /**
   * Addresses of a host name, in the order in which to try them: the families take turns,
   * beginning with IPv6 (RFC 8305 section 4); those that no route leads to come last. Never
   * empty. An IP literal is its own answer. Rejects with `UpstreamError` (`ERR_DNS_...`), or with
   * the signal's reason.
   */
  async resolve(host: string, signal: AbortSignal): Promise<string[]> {
    signal.throwIfAborted();
    if (isIP(host) !== 0) return [host];
    const name = domainToASCII(host).toLowerCase().replace(/\.$/, '');
    if (name === '' || name.length > 253) {
      throw new UpstreamError(
        'ERR_DNS_NAME',
        'host-unreachable',
        `cannot look up ${JSON.stringify(host.slice(0, 300))}: it is not a host name`,
      );
    }
    const found = await this.#hosts.lookup(name);
    if (found.length > 0) return this.#inOrder(found);
    if (name === 'localhost' || name.endsWith('.localhost')) return this.#inOrder(LOCALHOST);
    const cached = this.#cache.get(name);
    if (cached !== undefined && cached.until > performance.now()) {
      return this.#inOrder(cached.addresses);
    }
    return this.#inOrder(await this.#join(name, signal));
  }

  /** Forgets what it knows: the uplink has changed, and with it perhaps who answers what. */
  flush(): void {
    this.#cache.clear();
  }

  /** Callers for the same name share one lookup, which ends when none of them waits any more. */
  async #join(name: string, signal: AbortSignal): Promise<readonly string[]> {
    signal.throwIfAborted();
    const lookup = this.#lookups.get(name) ?? this.#begin(name);
    lookup.waiting += 1;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await Promise.race([lookup.result, aborted]);
    } finally {
      signal.removeEventListener('abort', onAbort);
      lookup.waiting -= 1;
      if (lookup.waiting === 0) {
        lookup.abort.abort();
        if (this.#lookups.get(name) === lookup) this.#lookups.delete(name);
      }
    }
  }

  #begin(name: string): Lookup {
    if (this.#lookups.size >= MAX_LOOKUPS) {
      throw new UpstreamError(
        'ERR_DNS_BUSY',
        'host-unreachable',
        `cannot look up ${name}: ${MAX_LOOKUPS} other names are being looked up already`,
      );
    }
    const abort = new AbortController();
    const result = this.#lookUp(name, abort.signal);
    // Whoever waits hears of it; with nobody waiting it is of no interest.
    result.catch(() => {});
    const lookup: Lookup = { result, abort, waiting: 0 };
    this.#lookups.set(name, lookup);
    return lookup;
  }

  async #lookUp(name: string, signal: AbortSignal): Promise<readonly string[]> {
    const settings = await readResolverSettings(this.#paths);
    const names = name.includes('.')
      ? [name]
      : [...settings.search.map((domain) => `${name}.${domain}`), name];
    for (const candidate of names) {
      const answer = await this.#ask(candidate, settings, signal);
      if (answer === null) continue;
      this.#remember(name, answer);
      return answer.addresses;
    }
    throw new UpstreamError(
      'ERR_DNS_NOT_FOUND',
      'host-unreachable',
      `${name} has no address: the resolvers of this machine do not know it`,
    );
  }

  /** Null: the name does not exist, or has no address. Rejects where no server could tell. */
  async #ask(
    name: string,
    settings: ResolverSettings,
    signal: AbortSignal,
  ): Promise<Answer | null> {
    const failures = new Map<string, string>();
    for (let attempt = 0; attempt < settings.attempts; attempt++) {
      for (const server of settings.servers) {
        const binding = this.#bindingFor(withoutScope(server));
        if (binding === null) {
          failures.set(server, 'no route');
          continue;
        }
        const outcome = await queryServer(name, server, binding, settings.timeout, signal);
        signal.throwIfAborted();
        if (outcome.kind === 'answer') return outcome.answer;
        if (outcome.kind === 'nothing') return null;
        failures.set(server, outcome.reason);
      }
    }
    const reasons = [...failures.values()];
    const all = [...failures].map(([server, reason]) => `${server} (${reason})`).join(', ');
    const isUnrouted = reasons.every((reason) => reason === 'no route');
    const isSilent = reasons.every((reason) => reason === 'no answer' || reason === 'no route');
    throw new UpstreamError(
      isUnrouted ? 'ERR_DNS_NO_ROUTE' : isSilent ? 'ERR_DNS_TIMEOUT' : 'ERR_DNS_FAILED',
      isUnrouted ? 'net-unreachable' : isSilent ? 'timeout' : 'host-unreachable',
      `cannot look up ${name}: asked ${all}`,
    );
  }

  #remember(name: string, answer: Answer): void {
    // Maps keep the order of insertion: the oldest goes first.
    this.#cache.delete(name);
    for (const oldest of this.#cache.keys()) {
      if (this.#cache.size < MAX_CACHED) break;
      this.#cache.delete(oldest);
    }
    const ttl = Math.min(answer.ttl, MAX_TTL_S);
    this.#cache.set(name, { addresses: answer.addresses, until: performance.now() + ttl * 1000 });
  }

  #inOrder(addresses: readonly string[]): string[] {
    const reachable = addresses.filter((address) => this.#bindingFor(address) !== null);
    const rest = addresses.filter((address) => !reachable.includes(address));
    return [...takingTurns(reachable), ...rest];
  }
}

function takingTurns(addresses: readonly string[]): string[] {
  const six = addresses.filter((address) => isIP(address) === 6);
  const four = addresses.filter((address) => isIP(address) === 4);
  const turns = Math.max(six.length, four.length);
  return Array.from({ length: turns }, (_, turn) => [six[turn], four[turn]])
    .flat()
    .filter((address) => address !== undefined);
}

function withoutScope(address: string): string {
  return address.replace(/%.*/, '');
}
