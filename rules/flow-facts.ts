/**
 * What the rules can ask about a flow. The engine fills it in as it learns more; nothing here is
 * ever mutated by the rules.
 */
import type { Ip } from './ip.ts';

export type Network = 'tcp' | 'udp';

/** Where a flow came from: this machine, or who sits behind it. */
export type Zone = 'host' | 'wsl' | 'container' | 'vm' | 'lan';

/** How the flow came to us. */
export interface InboundFacts {
  /** As mihomo writes it: TUN, HTTP, SOCKS5, MIXED. */
  readonly type: string;
  /** Of the listener; empty for the tunnel. */
  readonly name: string;
  /** The listener's own; 0 for the tunnel. */
  readonly port: number;
  /** Who logged in there; empty: nobody. */
  readonly user: string;
}

/** The program that owns a flow. */
export interface ProcessFacts {
  /** File name of the program, without folders. */
  readonly name: string;
  /** Absolute path of the program; empty where it cannot be read. */
  readonly path: string;
  /** The user it runs as; null where the system has no such number. */
  readonly uid: number | null;
}

export interface FlowFacts {
  readonly network: Network;
  readonly srcIp: Ip;
  /** 1 to 65535, as `dstPort`. */
  readonly srcPort: number;
  /** `undefined`: not resolved yet. `null`: known to have none (the lookup failed). */
  readonly dstIp: Ip | null | undefined;
  readonly dstPort: number;
  /**
   * Lower-case ASCII without a trailing dot (see `normalizeDomain`). `undefined`: nobody has
   * looked yet. `null`: known to have none (sniffing found nothing).
   */
  readonly domain: string | null | undefined;
  /**
   * `dstIp` came from resolving `domain` because a rule asked for it, so `no-resolve` rules that
   * stand before that rule do not see it. False for the address a captured flow was sent to.
   */
  readonly dstIpResolved: boolean;
  readonly zone: Zone;
  /** The traffic class that the first packet asked for, 0 to 63 (RFC 2474). */
  readonly dscp: number;
  readonly inbound: InboundFacts;
  /** `undefined`: nobody has looked yet. `null`: known to have none (a guest's, a vanished one). */
  readonly process: ProcessFacts | null | undefined;
}

/** The inbound of what the tunnel captures. */
export const TUN_INBOUND: InboundFacts = { type: 'TUN', name: '', port: 0, user: '' };
