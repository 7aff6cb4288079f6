/**
 * The engine's handlers on a real stack over a memory device, with upstreams that connect to
 * servers on this machine's loopback. An `EngineLab` owns all of them until `close`.
 */
import { compileRules } from '../../../../rules/compile.ts';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { SluiceError } from '../../../../core/api/errors.ts';
import { parseConfig } from '../../../../core/config/parse-config.ts';
import type { NameSets } from '../../../../core/dns/exchange.ts';
import type { DnsNames } from '../../../../core/dns/names.ts';
import type { FlowSources } from '../../../../core/engine/decide.ts';
import { FlowGuard } from '../../../../core/engine/guard.ts';
import { FlowTable } from '../../../../core/engine/flow-table.ts';
import type { FlowRecord } from '../../../../core/engine/flow-table.ts';
import { inForceOf } from '../../../../core/engine/in-force.ts';
import type { FlowDns, InForce } from '../../../../core/engine/in-force.ts';
import { LocalUpstreams } from '../../../../core/engine/local-upstreams.ts';
import type { LocalMachine } from '../../../../core/engine/local-upstreams.ts';
import { Policy } from '../../../../core/engine/policy.ts';
import { TcpFlows } from '../../../../core/engine/tcp-flows.ts';
import { UdpFlows } from '../../../../core/engine/udp-flows.ts';
import { Proxies } from '../../../../core/groups/proxies.ts';
import { createLogger } from '../../../../core/log/logger.ts';
import type { Binding } from '../../../../core/native/binding.d.ts';
import { Stack } from '../../../../core/stack/stack.ts';
import type { Target, UdpAssociation, Upstream } from '../../../../core/upstream/upstream.ts';
import { MACHINE, MemoryMachine } from './memory-machine.ts';

const unscripted = (): Promise<never> => Promise.reject(new Error('this is not scripted'));

/** What proxies need of an engine, where nothing is tested, kept or ended. */
export const idleProxies = {
  proxiesOf: () => [],
  chosen: new Map<string, string>(),
  onChosen: () => undefined,
  isOnline: () => false,
  endFlows: () => undefined,
  log: createLogger({ level: 'silent', write: () => undefined }),
};

const UNBOUND: Binding = { device: '', address4: '', address6: '' };

/** An upstream under the test's control: what it does with the next target is the test's to say. */
export class ScriptedUpstream implements Upstream {
  readonly name: string;
  readonly type: string;
  readonly chain: readonly string[];
  readonly asked: Target[] = [];
  readonly signals: AbortSignal[] = [];
  connect: Upstream['connect'] = () => Promise.reject(new Error('connect is not scripted'));
  associate: Upstream['associate'] = () => Promise.reject(new Error('associate is not scripted'));

  constructor(name: string, type: string) {
    this.name = name;
    this.type = type;
    this.chain = [name];
  }

  onConnect(
    answer: (target: Target, signal: AbortSignal) => ReturnType<Upstream['connect']>,
  ): void {
    this.connect = (target, signal) => {
      this.asked.push(target);
      this.signals.push(signal);
      return answer(target, signal);
    };
  }

  onAssociate(answer: (signal: AbortSignal) => Promise<UdpAssociation>): void {
    this.associate = answer;
  }
}

export class EngineLab {
  readonly table = new FlowTable();
  readonly guard = new FlowGuard();
  readonly log: string[] = [];
  /** Addresses whose names must stay. */
  readonly held: string[] = [];
  readonly direct = new ScriptedUpstream('DIRECT', 'Direct');
  readonly proxy = new ScriptedUpstream('proxy', 'Socks5');
  readonly proxies = new Proxies({
    ...idleProxies,
    outbound: { connectTcp: unscripted, resolve: unscripted },
    buildUpstream: ({ name }) =>
      [this.direct, this.proxy].find((upstream) => upstream.name === name) ?? null,
  });
  readonly stack: Stack;
  readonly machine: MemoryMachine;
  /** As after a configuration was applied. */
  readonly reconsider: () => void;
  policy: Policy;
  owns: LocalMachine['owns'] = async () => false;
  resolverPorts: readonly number[] = [];
  bindingFor: (address: string) => Binding = () => UNBOUND;
  sets: NameSets = () => null;
  dns: FlowDns | null = null;
  /** What the engine can find out; tests put their own answers in. */
  readonly sources: { -readonly [Name in keyof FlowSources]: FlowSources[Name] } = {
    resolve: (domain) => Promise.reject(new SluiceError('ERR_DNS_TEST', `Nobody knows ${domain}.`)),
    zoneOf: () => 'host',
    originOf: () => null,
    processOf: async () => null,
  };
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();

  /** `yaml` may name the upstream `proxy`; `rules` are written without the dash. */
  constructor(rules: readonly string[], yaml = '') {
    this.policy = this.policyOf(rules, yaml);
    const log = createLogger({ level: 'debug', write: (line) => this.log.push(line) });
    const inForce = (): InForce =>
      inForceOf(this.policy, this.dns, (kind, name) => this.sets(kind, name));
    const tcp = new TcpFlows(inForce, this.guard, {
      table: this.table,
      log,
      sources: this.sources,
      splice: (app, remote) => this.stack.splice(app, remote),
    });
    const udp = new UdpFlows(inForce, this.guard, {
      table: this.table,
      log,
      sources: this.sources,
      bindingFor: (address) => this.bindingFor(address),
      resolveDirect: async (host) => this.sources.resolve(host, AbortSignal.timeout(1000)),
    });
    this.reconsider = () => udp.reconsider();
    this.stack = new Stack({
      device: { kind: 'memory', mtu: 1500 },
      limits: this.policy.config.sluice.limits,
      handlers: {
        onTcpFlow: (flow) => tcp.take(flow),
        onUdpPeer: (peer) => udp.take(peer),
        onUdpData: (session, dst, dstPort, bytes) => udp.data(session, dst, dstPort, bytes),
        onUdpMore: (session, dst, dstPort) => udp.more(session, dst, dstPort),
        onEcho: () => undefined,
        onEchoClosed: () => undefined,
        onUdpSessionClosed: (...ended) => udp.forget(...ended),
        onDeviceLost: (error) => this.log.push(error.message),
      },
    });
    this.machine = new MemoryMachine(this.stack);
    this.direct.onConnect(({ host, port }, signal) =>
      this.stack.connectTcp(host, port, UNBOUND, signal),
    );
    this.direct.onAssociate(async () => ({ kind: 'direct' }));
  }

  policyOf(rules: readonly string[], yaml = '', server = '127.0.0.1'): Policy {
    const text = [
      'proxies:',
      `  - {name: proxy, type: socks5, server: ${server}, port: 1, udp: true}`,
      yaml,
      'rules:',
      ...rules.map((rule) => `  - ${rule}`),
    ].join('\n');
    const { config, problems } = parseConfig(text, 'test.yaml');
    if (config === null) throw new Error(JSON.stringify(problems));
    const groups = this.proxies.prepare(config);
    this.proxies.use(groups, config);
    return new Policy(
      config,
      compileRules(config),
      groups,
      new LocalUpstreams(config, {
        isOwnAddress: (address) => address.startsWith('127.') || address === MACHINE,
        owns: (ports, socket) => this.owns(ports, socket),
        resolverPorts: () => this.resolverPorts,
      }),
    );
  }

  /** A server on loopback; resolves to its port. */
  async serve(onConnection: (socket: Socket) => void, allowHalfOpen = true): Promise<number> {
    const server = createServer({ allowHalfOpen }, (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      onConnection(socket);
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  /** A native connection to a port of this machine. */
  connect(port: number, signal: AbortSignal): ReturnType<Upstream['connect']> {
    return this.stack.connectTcp('127.0.0.1', port, UNBOUND, signal);
  }

  /** From here on addresses stand for what `lookup` says, and queries are answered by `answer`. */
  useNames(lookup: DnsNames['lookup'], answer: FlowDns['answer'] = () => null): void {
    const names: DnsNames = {
      lookup,
      isFake: (address) => address.startsWith('198.18.'),
      hold: (address) => this.held.push(address),
      release: (address) => this.held.splice(this.held.indexOf(address), 1),
    };
    this.dns = { names, answer };
  }

  /** The latest flow to end, once there are `count`. */
  async ended(count = 1): Promise<FlowRecord> {
    while (this.table.endedCount < count) await new Promise((resolve) => setTimeout(resolve, 2));
    return this.table.recent().at(-1)!;
  }

  close(): void {
    this.machine.close();
    this.table.end(() => true, new SluiceError('ERR_TEST', 'The test is over.'));
    this.stack.close();
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) server.close();
  }
}
