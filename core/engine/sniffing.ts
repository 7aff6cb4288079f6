/**
 * Whether the first bytes of a flow are looked at for a name, and what the name is then good for:
 * the key `sniffer:`, with the meaning that it has in mihomo. Without it a flow is looked at where a
 * rule needs its name, and an upstream is asked for that name. Pure but for the sets of names, whose
 * content may change.
 */
import type { NamePattern } from '../config/dns-config.ts';
import type { SnifferConfig } from '../config/sniffer-config.ts';
import type { NameSets } from '../dns/exchange.ts';
import type { SniffedName, SniffProtocol } from '../sniff/sniff-result.ts';
import { DomainTrie } from '../../rules/domain-trie.ts';
import type { Network } from '../../rules/flow-facts.ts';
import type { Ip, IpPrefix } from '../../rules/ip.ts';
import { prefixContains } from '../../rules/ip.ts';

/** Here the server speaks first (FTP, SSH, Telnet, mail, MySQL, VNC): waiting for a name only delays. */
const SERVER_FIRST_PORTS = new Set([21, 22, 23, 25, 110, 143, 587, 3306, 5900]);

const NETWORKS: Readonly<Record<SniffProtocol, Network>> = { tls: 'tcp', http: 'tcp', quic: 'udp' };
const BY_NETWORK: Readonly<Record<Network, readonly SniffProtocol[]>> = {
  tcp: ['tls', 'http'],
  udp: ['quic'],
};
const NOTHING: readonly SniffProtocol[] = [];

/** What is known of a flow before its first bytes. */
export interface BeforeSniffing {
  readonly network: Network;
  readonly srcIp: Ip;
  readonly dstIp: Ip;
  readonly dstPort: number;
  /** Its name, and whether that is only what a lookup of somebody got this address for. */
  readonly domain: string | null;
  readonly isMapped: boolean;
}

/**
 * What a name that was found is good for, each including the ones before it: nothing; rules see it;
 * proxies are asked for it; it takes the place of the address, for rules and DIRECT as well.
 */
export type NameUse = 'nothing' | 'rules' | 'proxies' | 'everything';

export class Sniffing {
  readonly #config: SnifferConfig | null;
  readonly #force: NameMatcher;
  readonly #skip: NameMatcher;

  /** Null: the key is absent. */
  constructor(config: SnifferConfig | null, sets: NameSets) {
    this.#config = config;
    this.#force = new NameMatcher(config?.forceDomain ?? [], sets);
    this.#skip = new NameMatcher(config?.skipDomain ?? [], sets);
  }

  /** What to look for where a rule needs the name; empty: it has none. */
  protocolsOf(flow: BeforeSniffing): readonly SniffProtocol[] {
    const config = this.#config;
    if (config === null) {
      return SERVER_FIRST_PORTS.has(flow.dstPort) ? NOTHING : BY_NETWORK[flow.network];
    }
    if (!config.enable || contains(config.skipSrcAddress, flow.srcIp)) return NOTHING;
    if (contains(config.skipDstAddress, flow.dstIp)) return NOTHING;
    return config.protocols
      .filter(({ protocol, ports }) => {
        const fits = NETWORKS[protocol] === flow.network;
        return (
          fits && ports.some(({ first, last }) => first <= flow.dstPort && flow.dstPort <= last)
        );
      })
      .map(({ protocol }) => protocol);
  }

  /** Whether to look before any rule is asked. */
  isForced(flow: BeforeSniffing): boolean {
    const config = this.#config;
    if (config === null || !config.enable) return false;
    const { domain, isMapped } = flow;
    if (domain === null) return config.parsePureIp;
    return (isMapped && config.forceDnsMapping) || this.#force.matches(domain);
  }

  useOf({ domain, protocol, ech }: SniffedName): NameUse {
    const config = this.#config;
    // The outer name of an encrypted ClientHello may be that of another host.
    if (config === null) return ech ? 'rules' : 'proxies';
    if (this.#skip.matches(domain)) return 'nothing';
    const how = config.protocols.find((one) => one.protocol === protocol);
    return how?.overrideDestination === true ? 'everything' : 'rules';
  }
}

function contains(prefixes: readonly IpPrefix[], ip: Ip): boolean {
  return prefixes.some((prefix) => prefixContains(prefix, ip));
}

/** A list of patterns and sets. */
class NameMatcher {
  readonly #trie = new DomainTrie<true>();
  readonly #sets: ReturnType<NameSets>[];

  constructor(patterns: readonly NamePattern[], sets: NameSets) {
    this.#sets = patterns.flatMap((pattern) => {
      if (pattern.kind !== 'domain') return [sets(pattern.kind, pattern.name)];
      this.#trie.set(pattern.pattern, true);
      return [];
    });
  }

  matches(domain: string): boolean {
    if (this.#trie.size > 0 && this.#trie.find(domain) === true) return true;
    return this.#sets.some((set) => set?.has(domain) === true);
  }
}
