/**
 * The network of this machine as `GET /v1/network` tells it: interfaces, who is behind them, routes
 * and policy rules. What others have set up is shown as the system says it.
 */
import type { Zone } from './flows.ts';

/**
 * loopback; tunnel: Sluice's own; uplink: own traffic leaves here; guests: containers or virtual machines are
 * behind it; vpn: somebody else's tunnel; port: part of the bridge that is its `master`; network: all else.
 */
export type InterfaceRole =
  'loopback' | 'tunnel' | 'uplink' | 'guests' | 'vpn' | 'port' | 'network';

/** ready; no-carrier: nothing is plugged in; down: switched off. */
export type InterfaceState = 'ready' | 'no-carrier' | 'down';

export interface InterfaceInfo {
  readonly name: string;
  /** As `ip link` calls it: `bridge`, `veth`, `wireguard`; empty for hardware. */
  readonly kind: string;
  readonly role: InterfaceRole;
  readonly state: InterfaceState;
  /** Bytes; 0 where it is not known. */
  readonly mtu: number;
  /** `address/bits`. */
  readonly addresses: readonly string[];
  /** The bridge that it is a port of; empty: of none. */
  readonly master: string;
  /** Whose traffic comes from behind it; null where nobody's does. */
  readonly zone: Zone | null;
}

export interface RouteInfo {
  readonly family: 4 | 6;
  /** `address/bits`. */
  readonly prefix: string;
  readonly device: string;
  /** Empty: none. */
  readonly gateway: string;
  readonly metric: number;
  /** `unicast`, or what becomes of the traffic, such as `unreachable`. */
  readonly type: string;
  /** Whether it stands in Sluice's table; otherwise in the main one. */
  readonly isOwn: boolean;
}

/** What one of Sluice's policy rules is for, by its place (docs/routing-linux.md). */
export const RULE_PURPOSES = [
  'subnet',
  'returning',
  'specific',
  'connected',
  'unbound',
  'forwarded',
  'rest',
  'end',
] as const;
export type RulePurpose = (typeof RULE_PURPOSES)[number];

export interface PolicyRuleInfo {
  readonly family: 4 | 6;
  readonly priority: number;
  /** As `ip rule` prints it. */
  readonly text: string;
  /** Null: it is not Sluice's. */
  readonly purpose: RulePurpose | null;
  /** One of the three rules that every system has. */
  readonly isSystem: boolean;
}

/** Somebody behind this machine: seen by the system, or by what it sent. */
export interface GuestInfo {
  readonly address: string;
  readonly zone: Zone;
  /** The interface that it is behind; empty where no route says so. */
  readonly device: string;
  /** Whether the system knows it as a neighbour. */
  readonly isNeighbour: boolean;
  /** Whether Sluice has seen traffic of it. */
  readonly isSeen: boolean;
}

/** The tunnel as it is set up. */
export interface TunnelInfo {
  readonly device: string;
  readonly address4: string;
  readonly address6: string;
  /** Where programs ask for names; empty where the system's resolver was left alone. */
  readonly resolver: string;
  readonly tableIndex: number;
  /** First and last policy rule that are Sluice's. */
  readonly firstRule: number;
  readonly lastRule: number;
}

export interface UplinkInfo {
  readonly device4: string;
  readonly address4: string;
  readonly gateway4: string;
  readonly device6: string;
  readonly address6: string;
  readonly gateway6: string;
}

/** The machine, as its platform sees it. */
export interface MachineNetwork {
  /** wsl: a distro, which shares its network with all others; container: this is one itself. */
  readonly environment: 'machine' | 'wsl' | 'container';
  readonly interfaces: readonly InterfaceInfo[];
  readonly routes: readonly RouteInfo[];
  readonly rules: readonly PolicyRuleInfo[];
  /** What was too much to be told, of the three. */
  readonly omitted: number;
  /** Neighbours on interfaces with guests. */
  readonly neighbours: readonly { readonly address: string; readonly device: string }[];
  /** Whether the system passes traffic of guests on; null where it has no such family. */
  readonly forwards4: boolean | null;
  readonly forwards6: boolean | null;
  readonly tunnel: TunnelInfo | null;
  readonly uplink: UplinkInfo | null;
}

export interface NetworkInfo extends Omit<MachineNetwork, 'neighbours'> {
  /** RFC 3339. */
  readonly time: string;
  readonly hostName: string;
  readonly guests: readonly GuestInfo[];
}
