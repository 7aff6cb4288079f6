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
import { Proxies } from '../groups/proxies.ts';
import type { ProxiesParts } from '../groups/proxies.ts';
import type { ChoiceFile } from '../groups/choice-file.ts';
import { DnsService } from '../dns/dns-service.ts';
import type { DnsSetup } from '../dns/dns-setup.ts';
import type { Exchange, Hosts, NameSets } from '../dns/exchange.ts';
import type { NamesConfig } from '../dns/name-resolver.ts';
import type { Dial } from '../http/connection.ts';
import type { Logger } from '../log/logger.ts';
import type { Binding, DeviceSpec } from '../native/binding.d.ts';
import type { Platform, Tunnel, Uplink } from '../platform/platform.ts';
import type { FlowOwners } from '../process/flow-owners.ts';
import type { Providers } from '../providers/providers.ts';
import type { PacketTap } from '../stack/packet-tap.ts';
import { Stack } from '../stack/stack.ts';
import type { Outbound } from '../upstream/upstream.ts';
import { compileInSteps } from '../../rules/compile.ts';
import { printable } from '../../rules/text.ts';
import type { FlowSources } from './decide.ts';
import { EchoFlows } from './echo-flows.ts';
import { FlowGuard } from './guard.ts';
import { FlowTable } from './flow-table.ts';
import { inForceOf } from './in-force.ts';
import type { InForce } from './in-force.ts';
import { Lifecycle } from './lifecycle.ts';
import { EngineOutbound } from './outbound.ts';
import type { Resolver } from './outbound.ts';
import { LocalUpstreams } from './local-upstreams.ts';
import type { LocalMachine } from './local-upstreams.ts';
import { Policy } from './policy.ts';
import type { Probes } from './probes.ts';
import { showEarlierProcesses } from './show-process.ts';
import { TcpFlows } from './tcp-flows.ts';
import { stackSettingsOf } from './stack-settings.ts';
import { restartNeeded, sameTunnel, tunnelOptionsOf } from './tunnel-settings.ts';
import { UdpFlows } from './udp-flows.ts';

/** What comes from lists and data outside the configuration; see `core/providers`. */
export type Lists = Pick<Providers, 'context' | 'proxiesOf' | 'retry'>;

/** What the engine is made of; `core/compose.ts` puts the product's together. */
export interface EngineParts {
  readonly platform: Platform;
  readonly log: Logger;
  readonly resolver: EngineResolver;
  readonly sets: NameSets;
  /** Where fake addresses are kept across restarts; null: nowhere. */
  readonly fakeIpFile: string | null;
  readonly buildUpstream: ProxiesParts['buildUpstream'];
  /** Where what the user chose in groups is kept. */
  readonly choices: Pick<ChoiceFile, 'read' | 'write'>;
  /** See `LocalMachine`. */
  readonly owns: LocalMachine['owns'];
  readonly resolverPorts: LocalMachine['resolverPorts'];
  /** The programs behind flows. */
  readonly owners: Pick<FlowOwners, 'find' | 'originOf'>;
  readonly lists: Lists;
  /** The device of a configuration, `deviceOf` in the product. */
  readonly deviceOf: (config: Config) => DeviceSpec;
}

/** Whoever asks other resolvers; `NameResolver` in the product. */
export interface EngineResolver extends Resolver, Exchange, Hosts {
  /** Takes over what a configuration says about names. */
  apply(config: NamesConfig): void;
}

/** What exists while the engine runs. */
interface Running {
  readonly stack: Stack;
  readonly outbound: Outbound;
  readonly proxies: Proxies;
  readonly udp: UdpFlows;
  readonly echo: EchoFlows;
  /** The configuration that the device was opened with. */
  readonly opened: Config;
  inForce: InForce;
  /** Null where nothing is captured. */
  tunnel: Tunnel | null;
  /** Null where no queries are answered. */
  dns: DnsService | null;
}

export class Engine {
  readonly flows = new FlowTable();
  readonly #parts: EngineParts;
  readonly #guard = new FlowGuard();
  readonly #lifecycle = new Lifecycle();
  #running: Running | null = null;
  /** The latest change of state; the next one waits for it. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.flows.onWatched = () => {
      if (this.#running?.inForce.config.findProcessMode !== 'strict') return;
      void showEarlierProcesses(this.flows, this.#sources);
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
        await running.dns?.apply(this.#dnsSetup(running.inForce.config, true));
        await this.#raiseTunnel(running, running.inForce.config);
        log.info('CAPTURE_ON', 'Traffic is captured.');
        return;
      }
      for (const notice of await platform.down()) log.warning('LEFT_ALONE', notice);
      running.tunnel = null;
      this.#guard.setTunnel([]);
      this.flows.end(() => true, CAPTURE_OFF);
      await running.dns?.apply(this.#dnsSetup(running.inForce.config, false));
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
        const policy = await this.#buildPolicy(config, running.proxies);
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
    const stack = this.#openStack(config);
    try {
      await platform.watchUplink(config.interfaceName, this.#onUplink);
      const outbound = new EngineOutbound(stack, this.#bindingFor, this.#parts.resolver);
      const proxies = await this.#openProxies(config, outbound);
      const policy = await this.#buildPolicy(config, proxies);
      proxies.use(policy.groups, config);
      const shared = {
        table: this.flows,
        log,
        sources: this.#sources,
        bindingFor: this.#bindingFor,
        resolveDirect: (host: string, signal: AbortSignal): Promise<string[]> =>
          outbound.resolve(host, 'direct', signal),
      };
      const udp = new UdpFlows(this.#inForce, this.#guard, shared);
      const echo = new EchoFlows(this.#inForce, this.#guard, shared);
      const setup = this.#dnsSetup(config, config.tun.enable);
      const dns = config.dns.enable ? await DnsService.open(setup, log) : null;
      const inForce = inForceOf(policy, dns, this.#parts.sets);
      this.#running = {
        ...{ stack, outbound, proxies, udp, echo, opened: config, inForce },
        ...{ tunnel: null, dns },
      };
    } catch (cause) {
      stack.close();
      throw cause;
    }
    this.#onUplink(platform.uplink);
    if (config.tun.enable) await this.#raiseTunnel(this.#running, config);
    this.#running.proxies.start();
  }

  #openStack(config: Config): Stack {
    const { platform, log } = this.#parts;
    const device = this.#parts.deviceOf(config);
    const tcp = new TcpFlows(this.#inForce, this.#guard, {
      table: this.flows,
      log,
      sources: this.#sources,
      splice: (app, remote) => stack.splice(app, remote),
    });
    let stack: Stack;
    try {
      stack = new Stack({
        device,
        limits: config.sluice.limits,
        handlers: {
          onTcpFlow: (flow) => tcp.take(flow),
          onUdpPeer: (peer) => this.#running?.udp.take(peer),
          onUdpData: (session, dst, dstPort, bytes) => {
            this.#running?.udp.data(session, dst, dstPort, bytes);
          },
          onUdpMore: (session, dst, dstPort) => this.#running?.udp.more(session, dst, dstPort),
          onEcho: (session) => this.#running?.echo.take(session),
          onEchoClosed: (session) => this.#running?.echo.forget(session),
          onUdpSessionClosed: (...ended) => this.#running?.udp.forget(...ended),
          onDeviceLost: this.#onDeviceLost,
        },
      });
      return stack;
    } catch (cause) {
      throw device.kind === 'tun' ? platform.deviceError(cause, device.name) : cause;
    }
  }

  /** `isCaptured`: otherwise a made-up address would lead nowhere. */
  #dnsSetup({ dns, tun, profile }: Config, isCaptured: boolean): DnsSetup {
    const { resolver, sets, fakeIpFile } = this.#parts;
    return {
      dns,
      captures: isCaptured && tun.autoRoute,
      exchange: resolver,
      hosts: resolver,
      sets,
      tunnel: [tun.inet4Address, tun.inet6Address],
      poolFile: profile.storeFakeIp ? fakeIpFile : null,
    };
  }

  /** Rejects with `ERR_DNS_LISTEN`, and then nothing has changed. */
  async #applyDns(running: Running, config: Config): Promise<void> {
    const { dns } = running;
    const setup = this.#dnsSetup(config, running.tunnel !== null);
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

  async #openProxies({ profile }: Config, outbound: Outbound): Promise<Proxies> {
    const { buildUpstream, lists, choices, platform, log } = this.#parts;
    return new Proxies({
      outbound,
      buildUpstream,
      proxiesOf: (provider) => lists.proxiesOf(provider),
      chosen: profile.storeSelected ? await choices.read() : new Map(),
      onChosen: (chosen) => {
        if (this.#running?.inForce.config.profile.storeSelected === true) choices.write(chosen);
        this.#running?.udp.reconsider();
      },
      isOnline: () => platform.uplink !== null,
      endFlows: (isMeant, reason) => this.flows.end(({ chain }) => isMeant(chain), reason),
      log,
    });
  }

  /** What was switched to while running stays, until the file says something else than before. */
  #modeAfter(before: Policy, config: Config): Mode {
    return before.config.mode === config.mode ? before.mode : config.mode;
  }

  async #buildPolicy(config: Config, proxies: Proxies): Promise<Policy> {
    const local = new LocalUpstreams(config, {
      isOwnAddress: this.#isOwnAddress,
      owns: this.#parts.owns,
      resolverPorts: this.#parts.resolverPorts,
    });
    const rules = await compileInSteps(config, this.#parts.lists.context, setImmediate);
    return new Policy(config, rules, proxies.prepare(config), local);
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

  readonly #inForce = (): InForce => this.#assertRunning().inForce;

  readonly #sources: FlowSources = {
    resolve: (domain, signal) => {
      // Where DIRECT asks the same servers, its lookup is the same, and is not made twice.
      const { directNameserver } = this.#inForce().config.dns;
      const purpose = directNameserver.length === 0 ? 'direct' : 'rule';
      return this.#parts.resolver.resolve(domain, purpose, signal);
    },
    zoneOf: (address) => this.#parts.platform.zoneOf(address),
    originOf: (network, local, peer) =>
      this.#parts.platform.hasGuests ? this.#parts.owners.originOf(network, local, peer) : null,
    processOf: (network, local, peer) => this.#parts.owners.find(network, local, peer),
  };

  readonly #bindingFor = (address: string): Binding => {
    const binding = this.#parts.platform.bindingFor(address);
    if (binding !== null) return binding;
    throw new UpstreamError(
      'ERR_NO_UPLINK',
      'net-unreachable',
      `No network of this machine leads to ${address}. Is it connected?`,
    );
  };

  readonly #isOwnAddress = (address: string): boolean => {
    const tunnel = this.#running?.tunnel;
    const prefix = address.includes(':') ? tunnel?.address6 : tunnel?.address4;
    if (prefix?.startsWith(`${address}/`) === true) return true;
    const binding = this.#parts.platform.bindingFor(address);
    return binding !== null && binding.device === '';
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
