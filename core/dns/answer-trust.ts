/** `fallback-filter`: which answers of `nameserver` are believed, and which names it is not asked for. */
import { parseIp, parsePrefix, prefixContains } from '../../rules/ip.ts';
import type { Ip, IpPrefix } from '../../rules/ip.ts';
import type { FallbackFilter } from '../config/dns-config.ts';
import type { NameSets } from './exchange.ts';
import { NamePolicy } from './name-policy.ts';

/** Codes of the country of an address in lower case; empty: unknown. */
export type CountryOf = (ip: Ip) => readonly string[];

/** Addresses of no country: private networks, this machine, links, carriers, multicast. */
const NOWHERE = [
  ...['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', '169.254.0.0/16'],
  ...['100.64.0.0/10', '224.0.0.0/4', 'fc00::/7', 'fe80::/10', '::1/128', 'ff00::/8'],
].map(prefix);

export class AnswerTrust {
  readonly #country: string;
  readonly #prefixes: readonly IpPrefix[];
  readonly #names: NamePolicy<true>;
  readonly #countryOf: CountryOf;

  constructor(filter: FallbackFilter, sets: NameSets, countryOf: CountryOf) {
    this.#country = filter.country.toLowerCase();
    this.#prefixes = filter.prefixes.map(prefix);
    this.#countryOf = countryOf;
    const domains = filter.domains.map((pattern) => ({ kind: 'domain' as const, pattern }));
    const geosites = filter.geosite.map((name) => ({ kind: 'geosite' as const, name }));
    this.#names = new NamePolicy([{ patterns: [...domains, ...geosites], value: true }], sets);
  }

  /** Whether `fallback` alone is asked for this name. */
  distrustsName(name: string): boolean {
    return this.#names.find(name) === true;
  }

  /** Whether all addresses of an answer may be believed. */
  trusts(addresses: readonly string[]): boolean {
    return addresses.every((address) => this.#trusts(parseIp(address)));
  }

  #trusts(ip: Ip | null): boolean {
    if (ip === null || this.#prefixes.some((one) => prefixContains(one, ip))) return false;
    if (this.#country === '' || NOWHERE.some((one) => prefixContains(one, ip))) return true;
    return this.#countryOf(ip).includes(this.#country);
  }
}

function prefix(text: string): IpPrefix {
  const parsed = parsePrefix(text);
  if (!parsed.ok) throw new TypeError(parsed.reason);
  return parsed.value;
}
