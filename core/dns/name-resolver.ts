/**
 * Everything that asks resolvers, for the configuration in force: the exchange for clients' queries,
 * the hosts, and the lookups of core itself. One object for the whole run; a new configuration
 * replaces what is inside.
 */
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { parseIp } from '../../rules/ip.ts';
import type { Config } from '../config/config.ts';
import type { DnsConfig, HostsSetting, Nameserver } from '../config/dns-config.ts';
import type { Binding } from '../native/binding.d.ts';
import { AddressLookup } from './address-lookup.ts';
import type { CountryOf } from './answer-trust.ts';
import type { LeaseFolders } from './dhcp/lease-files.ts';
import type {
  ClientInfo,
  Exchange,
  ExchangeResult,
  Hosts,
  HostsEntry,
  NameSets,
  Question,
} from './exchange.ts';
import { ConfiguredHosts } from './hosts.ts';
import { HostsFile } from './hosts-file.ts';
import { ORIGINAL_RESOLV_CONF, readResolverSettings } from './resolv-conf.ts';
import type { ResolvConfPaths, ResolverSettings } from './resolv-conf.ts';
import type { OnBadReply } from './servers/server.ts';
import { UpstreamExchange } from './upstream-exchange.ts';
import type { Purpose } from './upstream-exchange.ts';
import type { WayOut } from './way-out.ts';

export interface NameResolverOptions {
  /** See `Platform.bindingFor`. */
  readonly bindingFor: (address: string) => Binding | null;
  readonly wayOut: WayOut;
  readonly sets: NameSets;
  readonly countryOf: CountryOf;
  /** Whether an address is one of ours: a resolver there would be ourselves. */
  readonly isOwn?: (address: string) => boolean;
  /** `systemPaths`; tests bring their own. */
  readonly paths: ResolverPaths;
  readonly leases?: LeaseFolders;
  /** CAs that are trusted instead of the well-known ones, PEM; tests bring their own. */
  readonly ca?: readonly string[];
  readonly onBadReply?: OnBadReply;
}

export interface ResolverPaths extends ResolvConfPaths {
  readonly hosts: string;
}

/** The part of a configuration that it is about. */
export type NamesConfig = Pick<Config, 'dns' | 'hosts'>;

interface InForce {
  readonly config: NamesConfig;
  readonly exchange: UpstreamExchange;
  readonly hosts: ConfiguredHosts;
  readonly lookup: AddressLookup;
}

/** Where the system keeps its settings; what Sluice has changed of them is kept in its state folder. */
export function systemPaths(stateDir: string): ResolverPaths {
  return {
    hosts: '/etc/hosts',
    resolvConf: '/etc/resolv.conf',
    original: join(stateDir, ORIGINAL_RESOLV_CONF),
    resolvedConf: '/run/systemd/resolve/resolv.conf',
  };
}

export class NameResolver implements Exchange, Hosts {
  readonly #options: NameResolverOptions;
  readonly #paths: ResolverPaths;
  readonly #hostsFile: HostsFile;
  #inForce: InForce;

  constructor(config: NamesConfig, options: NameResolverOptions) {
    this.#options = options;
    this.#paths = options.paths;
    this.#hostsFile = new HostsFile(this.#paths.hosts);
    this.#inForce = this.#build(config);
  }

  /** Takes over another configuration; where nothing about names has changed, connections stay. */
  apply({ dns, hosts }: NamesConfig): void {
    const before = this.#inForce;
    if (isDeepStrictEqual(before.config, { dns, hosts })) return;
    this.#inForce = this.#build({ dns, hosts });
    before.exchange.reset();
  }

  /**
   * Addresses of a host name, in the order in which to try them: the families take turns,
   * beginning with IPv6 (RFC 8305 section 4); those that no route leads to come last. Never
   * empty. An IP literal is its own answer. Rejects with `UpstreamError` (`ERR_DNS_...`), or with
   * the signal's reason.
   */
  async resolve(host: string, purpose: Purpose, signal: AbortSignal): Promise<string[]> {
    signal.throwIfAborted();
    if (parseIp(host) !== null) return [host];
    return this.#inOrder(await this.#inForce.lookup.addressesOf(host, purpose, signal));
  }

  exchange(
    query: Buffer,
    question: Question,
    client: ClientInfo,
    signal: AbortSignal,
  ): Promise<ExchangeResult> {
    return this.#inForce.exchange.exchange(query, question, client, signal);
  }

  lookup(name: string): HostsEntry | null {
    return this.#inForce.hosts.lookup(name);
  }

  /** The name that the hosts have for an address (canonical), or null. */
  reverse(address: string): string | null {
    return this.#inForce.hosts.reverse(address);
  }

  /** The uplink has changed, and with it perhaps who answers what, and how he is reached. */
  flush(): void {
    this.#inForce.lookup.flush();
    this.#inForce.exchange.reset();
  }

  /** Drops connections. Lookups under way end as they may. */
  close(): void {
    this.flush();
  }

  #build(config: NamesConfig): InForce {
    const { dns, hosts: settings } = config;
    const { wayOut, sets, countryOf, leases, ca, onBadReply } = this.#options;
    const exchange = new UpstreamExchange(dns.enable ? dns : onlySystem(dns), {
      wayOut,
      sets,
      countryOf,
      systemSettings: () => this.#systemSettings(),
      addressesOf: (host, signal) => this.resolve(host, 'resolver', signal),
      ...(leases === undefined ? {} : { leases }),
      ...(ca === undefined ? {} : { ca }),
      ...(onBadReply === undefined ? {} : { onBadReply }),
    });
    const usedSettings: readonly HostsSetting[] = dns.useHosts ? settings : [];
    const file = dns.useSystemHosts ? this.#hostsFile : null;
    const hosts = new ConfiguredHosts({ settings: usedSettings, file });
    const lookup = new AddressLookup({
      exchange,
      hosts: (name) => hosts.lookupNow(name),
      search: async () => (await this.#systemSettings()).search,
      ipv6: dns.ipv6,
      ipv6Timeout: dns.ipv6Timeout,
    });
    return { config, exchange, hosts, lookup };
  }

  async #systemSettings(): Promise<ResolverSettings> {
    const settings = await readResolverSettings(this.#paths);
    const { isOwn } = this.#options;
    if (isOwn === undefined) return settings;
    return { ...settings, servers: settings.servers.filter((server) => !isOwn(server)) };
  }

  #inOrder(addresses: readonly string[]): string[] {
    const { bindingFor } = this.#options;
    const reachable = addresses.filter((address) => bindingFor(address) !== null);
    const rest = addresses.filter((address) => !reachable.includes(address));
    return [...takingTurns(reachable), ...rest];
  }
}

/** `dns.enable: false`: what core itself has to know, the system's resolvers are asked for. */
function onlySystem(dns: DnsConfig): DnsConfig {
  const system: Nameserver = {
    kind: 'system',
    text: 'system',
    interfaceName: '',
    options: { ecs: '', ecsOverride: false, disabledTypes: [] },
  };
  return {
    ...dns,
    nameserver: [system],
    defaultNameserver: [system],
    fallback: [],
    nameserverPolicy: [],
    proxyServerNameserver: [],
    directNameserver: [],
  };
}

function takingTurns(addresses: readonly string[]): string[] {
  const six = addresses.filter((address) => address.includes(':'));
  const four = addresses.filter((address) => !address.includes(':'));
  const turns = Math.max(six.length, four.length);
  return Array.from({ length: turns }, (_, turn) => [six[turn], four[turn]])
    .flat()
    .filter((address) => address !== undefined);
}
