/** What `sniffer` says, as the rest of core sees it. */
import type { IpPrefix } from '../../rules/ip.ts';
import type { NumberRange } from '../../rules/rule.ts';
import type { NamePattern } from './dns-config.ts';

export interface SnifferConfig {
  readonly enable: boolean;
  /** Flows whose address came out of a lookup in redir-host mode are looked at as well. */
  readonly forceDnsMapping: boolean;
  /** Flows without a name are looked at. */
  readonly parsePureIp: boolean;
  readonly protocols: readonly SniffedProtocol[];
  /** Names that are not believed until the first bytes confirm them. */
  readonly forceDomain: readonly NamePattern[];
  /** Names in first bytes that count for nothing. */
  readonly skipDomain: readonly NamePattern[];
  readonly skipSrcAddress: readonly IpPrefix[];
  readonly skipDstAddress: readonly IpPrefix[];
}

export interface SniffedProtocol {
  readonly protocol: 'http' | 'tls' | 'quic';
  readonly ports: readonly NumberRange[];
  /** An upstream is asked for the name that was found, in place of the address. */
  readonly overrideDestination: boolean;
}
