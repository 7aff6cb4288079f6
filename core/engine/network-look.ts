/**
 * The machine's network as the control API tells it: what the platform reads, and the guests that
 * sent something. However many ask, it is read once a second at most.
 */
import { hostname } from 'node:os';
import { performance } from 'node:perf_hooks';
import type { GuestInfo, MachineNetwork, NetworkInfo } from '../api/network.ts';
import type { Platform } from '../platform/platform.ts';
import type { FlowTable } from './flow-table.ts';

const KEPT_MS = 1000;

export class NetworkLook {
  readonly #platform: Pick<Platform, 'look' | 'deviceFor' | 'zoneOf'>;
  readonly #flows: Pick<FlowTable, 'guests'>;
  #latest: Promise<NetworkInfo> | null = null;
  /** When `#latest` was begun. */
  #at = 0;

  constructor(
    platform: Pick<Platform, 'look' | 'deviceFor' | 'zoneOf'>,
    flows: Pick<FlowTable, 'guests'>,
  ) {
    this.#platform = platform;
    this.#flows = flows;
  }

  /** Rejects with `SluiceError`. */
  get(): Promise<NetworkInfo> {
    const now = performance.now();
    if (this.#latest === null || now - this.#at >= KEPT_MS) {
      this.#at = now;
      this.#latest = this.#read();
    }
    return this.#latest;
  }

  async #read(): Promise<NetworkInfo> {
    const { neighbours, ...machine } = await this.#platform.look();
    return {
      ...machine,
      time: new Date().toISOString(),
      hostName: hostname(),
      guests: this.#guests(neighbours),
    };
  }

  /** Those that sent something first. */
  #guests(neighbours: MachineNetwork['neighbours']): GuestInfo[] {
    const platform = this.#platform;
    const guests = new Map<string, GuestInfo>();
    for (const address of this.#flows.guests()) {
      const zone = platform.zoneOf(address);
      const device = platform.deviceFor(address);
      guests.set(address, { address, zone, device, isNeighbour: false, isSeen: true });
    }
    for (const { address, device } of neighbours) {
      const zone = platform.zoneOf(address);
      const isSeen = guests.has(address);
      guests.set(address, { address, zone, device, isNeighbour: true, isSeen });
    }
    return [...guests.values()];
  }
}
