/**
 * Names with addresses that nobody is asked for: the configured `hosts`, then the system's hosts file.
 * Lookups do not wait; the file is looked at again in the background, at most once a second.
 */
import { networkInterfaces } from 'node:os';
import { DomainTrie } from '../../rules/domain-trie.ts';
import { formatIp, parseIp } from '../../rules/ip.ts';
import type { HostsSetting, HostsValue } from '../config/dns-config.ts';
import type { Hosts, HostsEntry } from './exchange.ts';
import type { HostsFile } from './hosts-file.ts';

export interface HostsOptions {
  /** Empty where `dns.use-hosts` is off. */
  readonly settings: readonly HostsSetting[];
  /** Null where `dns.use-system-hosts` is off. */
  readonly file: HostsFile | null;
}

const LOOK_AGAIN_MS = 1000;

export class ConfiguredHosts implements Hosts {
  readonly #names = new DomainTrie<HostsValue>();
  /** Names of addresses, from patterns without wildcards. */
  readonly #reverse = new Map<string, string>();
  readonly #file: HostsFile | null;
  #lookedAt = -Infinity;

  constructor({ settings, file }: HostsOptions) {
    this.#file = file;
    for (const { pattern, value } of settings) {
      this.#names.set(pattern, value);
      if (value.kind !== 'addresses' || /[*+]|^\./.test(pattern)) continue;
      for (const address of value.addresses) {
        if (!this.#reverse.has(address)) this.#reverse.set(address, pattern);
      }
    }
  }

  lookup(name: string): HostsEntry | null {
    const value = this.#names.size === 0 ? undefined : this.#names.find(name);
    if (value !== undefined) return value.kind === 'lan' ? ownAddresses() : value;
    const addresses = this.#fresh()?.get(name) ?? [];
    return addresses.length === 0 ? null : { kind: 'addresses', addresses };
  }

  /** The name of an address (canonical); null where the hosts have none. */
  reverse(address: string): string | null {
    const own = this.#reverse.get(address);
    if (own !== undefined) return own;
    this.#lookAgain();
    return this.#file?.nameOf(address) ?? null;
  }

  /** As `lookup`, with the file as it is now. */
  async lookupNow(name: string): Promise<HostsEntry | null> {
    await this.#file?.refresh();
    return this.lookup(name);
  }

  #fresh(): HostsFile | null {
    this.#lookAgain();
    return this.#file;
  }

  #lookAgain(): void {
    const now = performance.now();
    if (this.#file === null || now - this.#lookedAt < LOOK_AGAIN_MS) return;
    this.#lookedAt = now;
    void this.#file.refresh();
  }
}

/** What others may reach this machine by. */
function ownAddresses(): HostsEntry {
  const addresses = Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter((one) => !one.internal && !/^(169\.254\.|fe80:)/i.test(one.address))
    .map(({ address }) => parseIp(address))
    .filter((ip) => ip !== null)
    .map(formatIp);
  return { kind: 'addresses', addresses };
}
