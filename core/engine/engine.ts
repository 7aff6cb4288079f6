/**
 * The engine: owns the device, the routes into it, the policy in force and every flow. Changes
 * of its state are made one after the other. Whatever it changed outside the process is undone
 * before `stop` resolves, and before `start` rejects.
 */
import { setImmediate } from 'node:timers/promises';
import { SluiceError, UpstreamError } from '../api/errors.ts';
import type { ApiError } from '../api/errors.ts';
import type { EngineState, Mode } from '../api/status.ts';
import type { Config } from '../config/config.ts';
import type { Proxies } from '../groups/proxies.ts';
import { DnsService } from '../dns/dns-service.ts';
import type { Dial } from '../http/connection.ts';
import type { Tunnel, Uplink } from '../platform/platform.ts';
import type { PacketTap } from '../stack/packet-tap.ts';
import type { Stack } from '../stack/stack.ts';
import { printable } from '../../rules/text.ts';
import { Assembly } from './assembly.ts';
import type { EngineParts, Running } from './assembly.ts';
import { FlowGuard } from './guard.ts';
import { FlowTable } from './flow-table.ts';
import { inForceOf } from './in-force.ts';
import { Lifecycle } from './lifecycle.ts';
import type { Policy } from './policy.ts';
import type { Probes } from './probes.ts';
import { showEarlierProcesses } from './show-process.ts';
import { stackSettingsOf } from './stack-settings.ts';
import { restartNeeded, sameTunnel, tunnelOptionsOf } from './tunnel-settings.ts';

export class Engine {
  readonly flows = new FlowTable();
  readonly #parts: EngineParts;
  readonly #guard = new FlowGuard();
  readonly #lifecycle = new Lifecycle();
  readonly #assembly: Assembly;
  #running: Running | null = null;
  /** The latest change of state; the next one waits for it. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.#assembly = new Assembly({
      ...{ parts, flows: this.flows, guard: this.#guard, running: () => this.#running },
      ...{ onUplink: this.#onUplink, onDeviceLost: this.#onDeviceLost },
    });
    this.flows.onWatched = () => {
      if (this.#running?.inForce.config.findProcessMode !== 'strict') return;
      void showEarlierProcesses(this.flows, this.#assembly.sources);
    };
  }

  get state(): EngineState {
    return this.#lifecycle.state;
  }

  get since(): Date {
    return new Date(this.#lifecycle.since);
  }

  get error(): ApiError | null {
    return this.#lifecycle.error;
  }

  /** Null while no queries are answered. */
  get dns(): DnsService | null {
    return this.#running?.dns ?? null;
  }

  get tunnel(): Tunnel | null {
    return this.#running?.tunnel ?? null;
  }

  /** Where the self test waits for flows. */
  get probes(): Probes {
    return this.#guard.probes;
  }

  /** The policy in force. Throws `ERR_ENGINE_NOT_RUNNING` where there is none. */
  get policy(): Policy {
    return this.#known().inForce.policy;
  }

  /** Records packets; null while the engine does not run. */
  get tap(): PacketTap | null {
    return this.#running?.stack.tap ?? null;
  }

  /** See `Stack.connectTcp`. Throws while the engine does not run. */
  connectTcp(...where: Parameters<Stack['connectTcp']>): ReturnType<Stack['connectTcp']> {
    return this.#assertRunning().stack.connectTcp(...where);
  }

  /** The proxies and groups in use. Throws `ERR_ENGINE_NOT_RUNNING` where there are none. */
  get proxies(): Proxies {
    return this.#known().proxies;
  }

  /** Flows that begin from now on go by it; established ones stay as they are. Throws as `policy`. */
  setMode(mode: Mode): void {
    const { inForce, udp } = this.#known();
    inForce.policy.mode = mode;
    udp.reconsider();
  }

  /**
   * Leads traffic into the tunnel, or past it as if Sluice did not run; flows end then, so that
   * programs connect again. It lasts, across configurations, until it is called again. Rejects with
   * `SluiceError`.
   */
  setCapture(isOn: boolean): Promise<void> {
    return this.#inTurn(async () => {
      const { platform, log } = this.#parts;
      const running = this.#known();
      if (isOn === (running.tunnel !== null)) return;
      if (isOn) {
        if (!running.opened.tun.enable) {
          const message = 'Sluice was started without a tunnel. Set tun.enable and restart it.';
          throw new SluiceError('ERR_NO_TUNNEL', message);
        }
        await running.dns?.apply(this.#assembly.dnsSetup(running.inForce.config, true));
        await this.#raiseTunnel(running, running.inForce.config);
        log.info('CAPTURE_ON', 'Traffic is captured.');
        return;
      }
      for (const notice of await platform.down()) log.warning('LEFT_ALONE', notice);
      running.tunnel = null;
      this.#guard.setTunnel([]);
      this.flows.end(() => true, CAPTURE_OFF);
      await running.dns?.apply(this.#assembly.dnsSetup(running.inForce.config, false));
      log.warning('CAPTURE_OFF', 'Nothing is captured until it is switched on again.');
    });
  }

  #known(): Running {
    if (this.#running !== null) return this.#running;
    throw new SluiceError('ERR_ENGINE_NOT_RUNNING', 'The engine does not run. Restart Sluice.');
  }

  /** Whether the kernel granted checksum and segmentation offload. */
  get offload(): boolean {
    return this.#running?.stack.offload ?? false;
  }

  /** Of the open device, bytes; 0 when there is none. */
  get mtu(): number {
    return this.#running?.opened.tun.mtu ?? 0;
  }

  /** The way out through a proxy or group, or straight past the tunnel for an empty name. */
  dialThrough(proxy: string): Dial {
    return async (host, port, signal) => {
      const upstream = this.policy.upstreamNamed(proxy === '' ? 'DIRECT' : proxy);
      if (upstream !== null && typeof upstream !== 'string') {
        return upstream.connect({ host, port }, signal);
      }
      const why = upstream === null ? 'is not in the configuration' : 'refuses everything';
      const message = `Cannot reach ${printable(host, 100)} through ${printable(proxy, 60)}: it ${why}.`;
      throw new UpstreamError('ERR_UPSTREAM_NOT_ALLOWED', 'refused', message);
    };
  }

  counters(): Readonly<Record<string, number>> {
    return { ...this.#running?.stack.counters(), ...this.flows.errorCounts() };
  }

  /** Opens the device and leads traffic into it. Rejects with `SluiceError`, everything undone. */
  start(config: Config): Promise<void> {
    return this.#inTurn(async () => {
      this.#lifecycle.to('starting');
      try {
        await this.#open(config);
      } catch (cause) {
        await this.#undo();
        this.#lifecycle.fail(cause);
        throw cause;
      }
      this.#lifecycle.to('running');
    });
  }

  /**
   * Replaces the configuration in one step; established flows stay as they are. Rejects with
   * `SluiceError`, and then nothing has changed. Resolves to the YAML paths of settings that
   * need a restart.
   */
  apply(config: Config): Promise<string[]> {
    return this.#inTurn(async () => {
      this.#lifecycle.to('reloading');
      const running = this.#assertRunning();
      try {
        const policy = await this.#assembly.buildPolicy(config, running.proxies);
        policy.mode = this.#modeAfter(running.inForce.policy, config);
        await this.#applyDns(running, config);
        await this.#moveTunnel(running, config);
        running.inForce = inForceOf(policy, running.dns, this.#parts.sets);
        running.stack.configure(stackSettingsOf(config, running.tunnel));
        running.proxies.use(policy.groups, config);
        running.proxies.start();
        running.udp.reconsider();
        this.#parts.log.level = config.logLevel;
      } catch (cause) {
        if (this.#running !== null) this.#lifecycle.to('running');
        else {
          this.#lifecycle.fail(cause);
          this.#parts.log.error('CAPTURE_ENDED', 'Nothing is captured any more. Restart Sluice.');
        }
        throw cause;
      }
      this.#lifecycle.to('running');
      return restartNeeded(running.opened, config);
    });
  }

  /** Proxies of providers are others now: groups and their choices follow, flows stay. */
  refreshProxies(): Promise<void> {
    return this.#inTurn(async () => {
      const running = this.#running;
      if (running === null) return;
      running.proxies.refresh();
      running.udp.reconsider();
    });
  }

  /**
   * Puts everything back and ends every flow; does nothing when not running. Resolves to whether
   * everything could be put back. Never rejects.
   */
  stop(): Promise<boolean> {
    return this.#inTurn(async () => {
      if (this.#running === null) return true;
      this.#lifecycle.to('stopping');
      const isClean = await this.#undo();
      this.#lifecycle.to('stopped');
      return isClean;
    });
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(change);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  async #open(config: Config): Promise<void> {
    const { platform, log } = this.#parts;
    log.level = config.logLevel;
    if (config.tun.enable) await platform.assertCapable();
    const running = await this.#assembly.open(config);
    this.#running = running;
    this.#onUplink(platform.uplink);
    if (config.tun.enable) await this.#raiseTunnel(running, config);
    running.proxies.start();
  }

  /** Rejects with `ERR_DNS_LISTEN`, and then nothing has changed. */
  async #applyDns(running: Running, config: Config): Promise<void> {
    const { dns } = running;
    const setup = this.#assembly.dnsSetup(config, running.tunnel !== null);
    if (!config.dns.enable) {
      running.dns = null;
      await dns?.close();
    } else if (dns === null) {
      running.dns = await DnsService.open(setup, this.#parts.log);
    } else {
      await dns.apply(setup);
    }
    this.#parts.resolver.apply(config);
  }

  /** What was switched to while running stays, until the file says something else than before. */
  #modeAfter(before: Policy, config: Config): Mode {
    return before.config.mode === config.mode ? before.mode : config.mode;
  }

  async #raiseTunnel(running: Running, config: Config): Promise<void> {
    const { platform, log } = this.#parts;
    const options = tunnelOptionsOf(config, running.stack.deviceName, running.opened.tun.mtu);
    const tunnel = await platform.up(options);
    running.tunnel = tunnel;
    this.#guard.setTunnel([tunnel.address4, tunnel.address6]);
    running.stack.configure(stackSettingsOf(config, tunnel));
    for (const notice of tunnel.notices) log.warning('TUNNEL_NOTICE', notice);
  }

  /** Changes routes and uplink while running; on failure puts the earlier ones back. */
  async #moveTunnel(running: Running, config: Config): Promise<void> {
    const { platform } = this.#parts;
    const before = running.inForce.config;
    if (before.interfaceName !== config.interfaceName) {
      await platform.watchUplink(config.interfaceName, this.#onUplink);
    }
    if (running.tunnel === null || sameTunnel(before, config)) return;
    try {
      await this.#raiseTunnel(running, config);
    } catch (cause) {
      try {
        await this.#applyDns(running, before);
        await this.#raiseTunnel(running, before);
      } catch {
        await this.#undo();
      }
      throw cause;
    }
  }

  /** Routes first, so that no packet enters a device that nobody serves. Never rejects. */
  async #undo(): Promise<boolean> {
    const { platform, log } = this.#parts;
    let isClean = true;
    try {
      for (const notice of await platform.down()) log.warning('LEFT_ALONE', notice);
    } catch (cause) {
      isClean = false;
      const reason = cause instanceof Error ? cause.message : String(cause);
      log.error('ERR_UNDO', `Not everything could be put back: ${reason}. Run "sluice cleanup".`);
    }
    this.#running?.proxies.close();
    this.flows.end(() => true, STOPPED);
    // Aborted dials end in callbacks; they find the stack still there.
    await setImmediate();
    await this.#running?.dns?.close();
    this.#running?.stack.close();
    this.#running = null;
    this.#guard.setTunnel([]);
    return isClean;
  }

  readonly #onDeviceLost = (error: SluiceError): void => {
    void this.#inTurn(async () => {
      if (this.#running === null) return;
      await this.#undo();
      this.#lifecycle.fail(error);
      this.#parts.log.error(error.code, error.message);
    });
  };

  readonly #onUplink = (uplink: Uplink | null): void => {
    const { log } = this.#parts;
    if (uplink === null) {
      log.warning('UPLINK_LOST', 'This machine has no way out: there is no default route.');
    } else {
      const devices = new Set([uplink.device4, uplink.device6].filter((name) => name !== ''));
      log.info('UPLINK', `Own traffic leaves through ${[...devices].join(' and ')}.`);
    }
    this.#parts.resolver.flush();
    // Another network may answer otherwise; without one, old answers are all there is.
    if (uplink !== null) this.#running?.dns?.flush('cache');
    if (uplink !== null) this.#parts.lists.retry();
    // Their sockets are bound to the uplink that was; the next datagram opens new ones.
    this.#running?.udp.restart();
    this.#running?.proxies.retest();
  };

  #assertRunning(): Running {
    if (this.#running === null) throw new TypeError('The engine is not running.');
    return this.#running;
  }
}

const CAPTURE_OFF = new SluiceError('ERR_FLOW_CAPTURE_OFF', 'The tunnel was switched off.');

const STOPPED = new SluiceError('ERR_FLOW_STOPPED', 'Sluice has stopped.');
