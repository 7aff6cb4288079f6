/**
 * What the self test may ask the operating system about its network. Everything is read, nothing is
 * changed; each call looks anew. `openInspector` in `index.ts` gives this system's. Rejects with
 * `SluiceError` where the system does not tell.
 */
import type { Zone } from '../../rules/flow-facts.ts';
import type { Uplink } from './platform.ts';

export interface Inspector {
  look(): Promise<Machine>;
  /** Which way the kernel would send what begins here and is bound to nothing, or what a guest sends. */
  wayTo(destination: string, options?: WayOptions): Promise<Way>;
  /** Policy rules that are asked before the first of ours, as the system writes them; those that are always there left out. */
  rulesBefore(priority: number): Promise<readonly string[]>;
  /** Whether the next router answers on the link; null: the system does not know. */
  isNeighbourThere(address: string, device: string): Promise<boolean | null>;
  /** Whether packets of guests are passed on at all, and what stands in their way. */
  forwarding(): Promise<Forwarding>;
  /** What a run that was killed has left, one sentence each. */
  leftovers(stateDir: string): Promise<readonly string[]>;
  /** What programs of this machine ask for names. */
  resolver(): Promise<SystemResolver>;
}

export interface WayOptions {
  readonly network: 'tcp' | 'udp';
  readonly port: number;
  /** A guest: its address, and the interface that it comes in by. */
  readonly from?: { readonly address: string; readonly device: string };
}

/** `refused`: the kernel says that there is no way. */
export type Way =
  { readonly kind: 'device'; readonly device: string } | { readonly kind: 'refused' };

export interface Machine {
  readonly uplink: Uplink | null;
  readonly interfaces: readonly MachineInterface[];
  /** Networks that are routed past a default route and hold half of the internet, such as 0.0.0.0/1, with their device. */
  readonly halves: readonly { readonly prefix: string; readonly device: string }[];
  /** Whether IPv6 is there at all. */
  readonly hasIpv6: boolean;
  /** Whether this is a Linux within Windows. */
  readonly isWsl: boolean;
}

export interface MachineInterface {
  readonly name: string;
  readonly up: boolean;
  readonly mtu: number;
  /** `address/bits`. */
  readonly addresses: readonly string[];
  /** Whose traffic comes in here; null: nobody's behind this machine. */
  readonly zone: Zone | null;
}

export interface Forwarding {
  readonly ipv4: boolean;
  readonly ipv6: boolean;
  /** Firewall chains that drop what is not allowed to be forwarded, as `table chain`. */
  readonly dropping: readonly string[];
}

export interface SystemResolver {
  /** IP literals of /etc/resolv.conf, as programs see it now. */
  readonly servers: readonly string[];
  /** Whether it is what Sluice wrote. */
  readonly isOurs: boolean;
  /** Whether systemd-resolved runs. */
  readonly resolved: boolean;
}
