/**
 * The platform on Linux. Owns the journal, the tunnel in force and the watch of the network;
 * operations that change the machine run one after the other.
 */
import { parseIp, parsePrefix, prefixContains } from '../../../rules/ip.ts';
import type { Zone } from '../../../rules/flow-facts.ts';
import { SluiceError } from '../../api/errors.ts';
import type { MachineNetwork, TunnelInfo } from '../../api/network.ts';
import type { Binding } from '../../native/binding.d.ts';
import { openJournal } from '../journal.ts';
import type { ChangeKind, Journal } from '../journal.ts';
import type { CleanUpReport, Platform, Tunnel, TunnelOptions, Uplink } from '../platform.ts';
import { assertCapable, deviceError } from './capable.ts';
import { addressChanges, routingChanges, undoRouting } from './changes.ts';
import type { RoutingChange } from './changes.ts';
import { lookAtMachine } from './machine-network.ts';
import { querySnapshot, watchNetwork } from './network-watcher.ts';
import type { NetworkWatcher } from './network-watcher.ts';
import { SystemDns } from './system-dns.ts';
import { applyTunnel, prepareTunnel, resolverFor } from './tunnel.ts';
import type { TunnelPlan } from './tunnel.ts';
import { RULE_COUNT } from './tunnel-plan.ts';

/** Where a lost journal would have pointed: the defaults of the configuration. */
const USUAL_TABLE = 2022;
const USUAL_RULES = 9000;

/** Undoes what an earlier run left, then offers the platform. The caller holds the folder's lock. */
export async function openLinuxPlatform(stateDir: string): Promise<Platform> {
  const platform = new LinuxPlatform(stateDir);
  platform.leftovers = await platform.undoLeftovers();
  return platform;
}

class LinuxPlatform implements Platform {
  onNotice: Platform['onNotice'] = () => undefined;
  leftovers: CleanUpReport = { undone: [], notices: [], warnings: [] };
  readonly #journal: Journal;
  readonly #routing: ChangeKind<RoutingChange>;
  readonly #systemDns: SystemDns;
  #inForce: TunnelPlan | null = null;
  /** The TUN that is up or is about to be; rules around it are ours to undo. */
  #device = '';
  /** The same, but kept while it is down. */
  #lastDevice = '';
  #watcher: NetworkWatcher | null = null;
  #last: Promise<unknown> = Promise.resolve();

  constructor(stateDir: string) {
    this.#systemDns = new SystemDns(stateDir, (sentence) => this.onNotice(sentence));
    this.#routing = routingChanges((device) => device === this.#device);
    this.#journal = openJournal(
      stateDir,
      new Map<string, ChangeKind<unknown>>([
        ['linux-routing', this.#routing],
        ['linux-address', addressChanges],
        ...this.#systemDns.kinds,
      ]),
    );
  }

  /** The journal first, then whatever bears our mark at the usual place though no journal knows it. */
  async undoLeftovers(): Promise<CleanUpReport> {
    const report = await this.#journal.undo();
    try {
      const more = await undoRouting(USUAL_TABLE, USUAL_RULES, () => false);
      return { ...report, undone: [...report.undone, ...more] };
    } catch (error) {
      return { ...report, warnings: [...report.warnings, (error as Error).message] };
    }
  }

  async assertCapable(): Promise<void> {
    await assertCapable();
  }

  deviceError(cause: unknown, device: string): SluiceError {
    return deviceError(cause, device);
  }

  async up(options: TunnelOptions): Promise<Tunnel> {
    return this.#inTurn(async () => {
      const plan = await prepareTunnel(options, this.#inForce, await querySnapshot());
      this.#device = options.device;
      this.#lastDevice = options.device;
      try {
        await applyTunnel(plan, this.#inForce, this.#journal, this.#routing);
      } catch (error) {
        await this.#undo();
        throw error;
      }
      this.#inForce = plan;
      const server = resolverFor(plan);
      const pointed = await this.#systemDns.point(options.device, server, this.#journal);
      const { tunnel } = plan;
      return {
        ...tunnel,
        changes: [...tunnel.changes, ...pointed.changes],
        notices: [...tunnel.notices, ...pointed.notices],
      };
    });
  }

  async down(): Promise<readonly string[]> {
    return this.#inTurn(async () => {
      const { notices, warnings } = await this.#undo();
      if (warnings.length > 0) throw new SluiceError('ERR_ROUTING', warnings.join('; '));
      return notices;
    });
  }

  async watchUplink(device: string, onChange: (uplink: Uplink | null) => void): Promise<void> {
    const watcher = await watchNetwork(device, (view) => onChange(view.uplink));
    this.#watcher?.close();
    this.#watcher = watcher;
  }

  get uplink(): Uplink | null {
    return this.#watcher?.view.uplink ?? null;
  }

  bindingFor(address: string): Binding | null {
    if (this.#isInTunnelSubnet(address)) return null;
    return this.#watcher?.view.bindingFor(address) ?? null;
  }

  deviceFor(address: string): string {
    return this.bindingFor(address)?.device ?? '';
  }

  look(): Promise<MachineNetwork> {
    const plan = this.#inForce;
    const tunnel = plan === null ? null : tunnelInfo(plan);
    return lookAtMachine({ device: this.#lastDevice, tunnel, uplink: this.uplink });
  }

  get hasGuests(): boolean {
    return this.#watcher?.view.hasGuests ?? false;
  }

  zoneOf(address: string): Zone {
    // The view learns of the tunnel's own address a moment later.
    const tunnel = this.#inForce?.tunnel;
    const prefixes = tunnel === undefined ? [] : [tunnel.address4, tunnel.address6];
    if (prefixes.some((prefix) => prefix.startsWith(`${address}/`))) return 'host';
    return this.#watcher?.view.zoneOf(address) ?? 'lan';
  }

  async close(): Promise<void> {
    this.#watcher?.close();
    this.#watcher = null;
    await this.down();
  }

  async #undo(): Promise<CleanUpReport> {
    this.#systemDns.unwatch();
    const report = await this.#journal.undo();
    this.#inForce = null;
    this.#device = '';
    return report;
  }

  async #inTurn<T>(operation: () => Promise<T>): Promise<T> {
    const result = this.#last.then(operation);
    this.#last = result.catch(() => {});
    return result;
  }

  #isInTunnelSubnet(address: string): boolean {
    const ip = parseIp(address);
    const tunnel = this.#inForce?.tunnel;
    if (ip === null || tunnel === undefined) return false;
    const own = parsePrefix(ip.family === 4 ? tunnel.address4 : tunnel.address6);
    return own.ok && prefixContains(own.value, ip);
  }
}

function tunnelInfo(plan: TunnelPlan): TunnelInfo {
  const { device, address4, address6 } = plan.tunnel;
  const { tableIndex, ruleIndex } = plan.options;
  return {
    device,
    address4,
    address6,
    resolver: resolverFor(plan) ?? '',
    tableIndex,
    firstRule: ruleIndex,
    lastRule: ruleIndex + RULE_COUNT - 1,
  };
}
