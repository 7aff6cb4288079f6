/**
 * How what the engine runs is put together: the stack on its device, what takes its flows, proxies and
 * groups, the rules and the DNS service. Owns none of it, `Engine` does; only what a flow asks for
 * (names, programs, the way out) goes through here later.
 */
import { setImmediate } from 'node:timers/promises';
import { UpstreamError } from '../api/errors.ts';
import type { SluiceError } from '../api/errors.ts';
import type { Config } from '../config/config.ts';
import { DnsService } from '../dns/dns-service.ts';
import type { DnsSetup } from '../dns/dns-setup.ts';
import type { Exchange, Hosts, NameSets } from '../dns/exchange.ts';
import type { NamesConfig } from '../dns/name-resolver.ts';
import type { ChoiceFile } from '../groups/choice-file.ts';
import { Proxies } from '../groups/proxies.ts';
import type { ProxiesParts } from '../groups/proxies.ts';
import type { Logger } from '../log/logger.ts';
import type { Binding, DeviceSpec } from '../native/binding.d.ts';
import type { Platform, Tunnel, Uplink } from '../platform/platform.ts';
import type { FlowOwners } from '../process/flow-owners.ts';
import type { Providers } from '../providers/providers.ts';
import { Stack } from '../stack/stack.ts';
import type { Outbound } from '../upstream/upstream.ts';
import { compileInSteps } from '../../rules/compile.ts';
import type { FlowSources } from './decide.ts';
import { EchoFlows } from './echo-flows.ts';
import type { FlowGuard } from './guard.ts';
import type { FlowTable } from './flow-table.ts';
import { inForceOf } from './in-force.ts';
import type { InForce } from './in-force.ts';
import { EngineOutbound } from './outbound.ts';
import type { Resolver } from './outbound.ts';
import { LocalUpstreams } from './local-upstreams.ts';
import type { LocalMachine } from './local-upstreams.ts';
import { Policy } from './policy.ts';
import { TcpFlows } from './tcp-flows.ts';
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
export interface Running {
  readonly stack: Stack;
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

/** What the engine is besides, and what it does when something happens. */
export interface AssemblyContext {
  readonly parts: EngineParts;
  readonly flows: FlowTable;
  readonly guard: FlowGuard;
  /** What was put together here, once it is in use. */
  readonly running: () => Running | null;
  readonly onUplink: (uplink: Uplink | null) => void;
  readonly onDeviceLost: (error: SluiceError) => void;
}

export class Assembly {
  readonly #parts: EngineParts;
  readonly #context: AssemblyContext;

  constructor(context: AssemblyContext) {
    this.#parts = context.parts;
    this.#context = context;
  }

  /** Nothing is captured yet. Rejects with `SluiceError`, nothing left open. */
  async open(config: Config): Promise<Running> {
    const { platform, log } = this.#parts;
    const stack = this.#openStack(config);
    try {
      await platform.watchUplink(config.interfaceName, this.#context.onUplink);
      const outbound = new EngineOutbound(stack, this.#bindingFor, this.#parts.resolver);
      const proxies = await this.#openProxies(config, outbound);
      const policy = await this.buildPolicy(config, proxies);
      proxies.use(policy.groups, config);
      const shared = {
        table: this.#context.flows,
        log,
        sources: this.sources,
        bindingFor: this.#bindingFor,
        resolveDirect: (host: string, signal: AbortSignal): Promise<string[]> =>
          outbound.resolve(host, 'direct', signal),
      };
      const udp = new UdpFlows(this.#inForce, this.#context.guard, shared);
      const echo = new EchoFlows(this.#inForce, this.#context.guard, shared);
      const setup = this.dnsSetup(config, config.tun.enable);
      const dns = config.dns.enable ? await DnsService.open(setup, log) : null;
      const inForce = inForceOf(policy, dns, this.#parts.sets);
      return {
        ...{ stack, proxies, udp, echo, opened: config, inForce },
        ...{ tunnel: null, dns },
      };
    } catch (cause) {
      stack.close();
      throw cause;
    }
  }

  /** `isCaptured`: otherwise a made-up address would lead nowhere. */
  dnsSetup({ dns, tun, profile }: Config, isCaptured: boolean): DnsSetup {
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

  async buildPolicy(config: Config, proxies: Proxies): Promise<Policy> {
    const local = new LocalUpstreams(config, {
      isOwnAddress: this.#isOwnAddress,
      owns: this.#parts.owns,
      resolverPorts: this.#parts.resolverPorts,
    });
    const rules = await compileInSteps(config, this.#parts.lists.context, setImmediate);
    return new Policy(config, rules, proxies.prepare(config), local);
  }

  readonly sources: FlowSources = {
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

  #openStack(config: Config): Stack {
    const { platform, log } = this.#parts;
    const device = this.#parts.deviceOf(config);
    const tcp = new TcpFlows(this.#inForce, this.#context.guard, {
      table: this.#context.flows,
      log,
      sources: this.sources,
      splice: (app, remote) => stack.splice(app, remote),
    });
    let stack: Stack;
    try {
      stack = new Stack({
        device,
        limits: config.sluice.limits,
        handlers: {
          onTcpFlow: (flow) => tcp.take(flow),
          onUdpPeer: (peer) => this.#context.running()?.udp.take(peer),
          onUdpData: (session, dst, dstPort, bytes) => {
            this.#context.running()?.udp.data(session, dst, dstPort, bytes);
          },
          onUdpMore: (session, dst, dstPort) =>
            this.#context.running()?.udp.more(session, dst, dstPort),
          onEcho: (session) => this.#context.running()?.echo.take(session),
          onEchoClosed: (session) => this.#context.running()?.echo.forget(session),
          onUdpSessionClosed: (...ended) => this.#context.running()?.udp.forget(...ended),
          onDeviceLost: this.#context.onDeviceLost,
        },
      });
      return stack;
    } catch (cause) {
      throw device.kind === 'tun' ? platform.deviceError(cause, device.name) : cause;
    }
  }

  async #openProxies({ profile }: Config, outbound: Outbound): Promise<Proxies> {
    const { buildUpstream, lists, choices, platform, log } = this.#parts;
    return new Proxies({
      outbound,
      buildUpstream,
      proxiesOf: (provider) => lists.proxiesOf(provider),
      chosen: profile.storeSelected ? await choices.read() : new Map(),
      onChosen: (chosen) => {
        if (this.#context.running()?.inForce.config.profile.storeSelected === true)
          choices.write(chosen);
        this.#context.running()?.udp.reconsider();
      },
      isOnline: () => platform.uplink !== null,
      endFlows: (isMeant, reason) => this.#context.flows.end(({ chain }) => isMeant(chain), reason),
      log,
    });
  }

  readonly #inForce = (): InForce => {
    const running = this.#context.running();
    if (running === null) throw new TypeError('The engine is not running.');
    return running.inForce;
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
    const tunnel = this.#context.running()?.tunnel;
    const prefix = address.includes(':') ? tunnel?.address6 : tunnel?.address4;
    if (prefix?.startsWith(`${address}/`) === true) return true;
    const binding = this.#parts.platform.bindingFor(address);
    return binding !== null && binding.device === '';
  };
}
