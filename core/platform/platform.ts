/**
 * What the engine needs from the operating system: the tunnel as default route, the way out
 * past it, and everything put back afterwards. One folder per system implements this;
 * `index.ts` is the only place that chooses between them.
 *
 * Order of a run: `openPlatform` (undoes what a killed run left), `assertCapable`, the addon
 * opens the device, `watchUplink`, `up`, ..., `down`, the addon closes the device, `close`.
 * Every change outside the process is journalled in the state folder before it is made.
 *
 * Addresses are IP literals without brackets or scope; prefixes are `address/bits`. An empty
 * string means "none", as in the addon's `Binding`. Errors are `SluiceError`.
 */
import type { SluiceError } from '../api/errors.ts';
import type { MachineNetwork } from '../api/network.ts';
import type { Zone } from '../../rules/flow-facts.ts';
import type { Binding } from '../native/binding.d.ts';

export interface TunnelOptions {
  /** Name of the device that the addon has opened and still holds open. */
  readonly device: string;
  /** Bytes; 1500 suits WSL, containers and hotspots. */
  readonly mtu: number;
  /** The machine's end of the tunnel, such as `198.18.0.1/30`. Empty: a default that collides with nothing. */
  readonly address4: string;
  /** The same for IPv6, such as `fdfe:dcba:9876::1/126`. */
  readonly address6: string;
  /** False: the device gets its addresses and comes up, but no traffic is led into it. */
  readonly autoRoute: boolean;
  /** Only these prefixes enter the tunnel. Empty: everything, IPv6 included. */
  readonly routeAddress: readonly string[];
  /** These prefixes stay outside, also where `routeAddress` covers them. */
  readonly routeExcludeAddress: readonly string[];
  /** Networks that always enter the tunnel, whatever the two above say: those of fake addresses. */
  readonly fakeRanges: readonly string[];
  /** Points the system's resolver into the tunnel; null: it is left alone. */
  readonly dns: TunnelDns | null;
  /** Linux: number of the routing table that is ours, usually 2022. */
  readonly tableIndex: number;
  /** Linux: first of the eleven rule priorities that are ours, usually 9000. */
  readonly ruleIndex: number;
}

export interface TunnelDns {
  /** The addresses at which queries into the tunnel are answered; empty: at every address. */
  readonly answers: readonly string[];
}

/** The tunnel as it was set up. */
export interface Tunnel {
  readonly device: string;
  readonly address4: string;
  /** Empty where the system has IPv6 switched off for the device (IPv6 is then refused, not leaked). */
  readonly address6: string;
  /** What was changed outside the process, one sentence each; all of it is undone on exit. */
  readonly changes: readonly string[];
  /** Whole sentences for the user about what differs from what was asked. */
  readonly notices: readonly string[];
}

/**
 * The way to the internet without us: for each family the best default route that is not a TUN.
 * The two families may leave by different devices. At least one family is set.
 */
export interface Uplink {
  readonly device4: string;
  readonly address4: string;
  /** Empty, too, on a point-to-point link. */
  readonly gateway4: string;
  readonly device6: string;
  readonly address6: string;
  /** Usually link-local, without its scope. */
  readonly gateway6: string;
}

/** What `cleanUp` and the start after a crash did. */
export interface CleanUpReport {
  /** One line for each thing that was undone. Empty: nothing was left behind. */
  readonly undone: readonly string[];
  /** Whole sentences: what others have changed since, and so was left as it is. */
  readonly notices: readonly string[];
  /** Whole sentences: journal lines that were ignored, changes that could not be undone. */
  readonly warnings: readonly string[];
}

export interface Platform {
  /** Called with a whole sentence when others undo what `up` has changed. */
  onNotice: (sentence: string) => void;
  /** What the previous run had left behind and was undone by opening. */
  readonly leftovers: CleanUpReport;

  /** Rejects with one clear error where this process cannot make a tunnel: no rights, no TUN driver, no tools. */
  assertCapable(): Promise<void>;
  /** Turns what `openEngine` threw for the device into an error a user can act on. */
  deviceError(cause: unknown, device: string): SluiceError;

  /**
   * Gives the device its addresses and leads traffic into it. May be called again with other
   * options for the same device: only what differs changes, and nothing leaks in between.
   * Where the options are at fault it rejects and changes nothing; where the system refuses a
   * change, everything is undone, as by `down`.
   */
  up(options: TunnelOptions): Promise<Tunnel>;
  /**
   * Undoes `up`. Works, too, when the device is already gone. Does nothing when not up. Resolves to
   * whole sentences about what was left as it is, since others have changed it.
   */
  down(): Promise<readonly string[]>;

  /**
   * Begins to follow the uplink; resolves when the first look is done. `onChange` is called
   * once for each later change, debounced, with the new uplink or null. `device` not empty:
   * only that interface is considered. Calling it again replaces the earlier watch.
   */
  watchUplink(device: string, onChange: (uplink: Uplink | null) => void): Promise<void>;
  /** The current uplink; null before `watchUplink` and while there is none. */
  readonly uplink: Uplink | null;
  /**
   * How an own socket to this destination must be bound to leave past the tunnel: not at all
   * for the machine's own addresses, by the interface of a more specific route (LAN, container
   * bridge, VPN) where one leads there, else by the uplink. Null: no route. Needs `watchUplink`.
   */
  bindingFor(address: string): Binding | null;
  /**
   * Whose traffic a source address is: this machine's own, that of a container or a virtual
   * machine on it, or of somebody in the LAN. Follows changes. Needs `watchUplink`.
   */
  zoneOf(address: string): Zone;
  /** Whether there are interfaces with containers or virtual machines behind them. Follows changes. */
  readonly hasGuests: boolean;

  /** The interface of the way to an address; empty for the machine's own, and where no route leads there. */
  deviceFor(address: string): string;
  /** Reads the machine's network, for people to look at. Rejects with `SluiceError`. */
  look(): Promise<MachineNetwork>;

  /** Stops watching and undoes everything. The platform is of no use afterwards. */
  close(): Promise<void>;
}
