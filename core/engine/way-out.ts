/**
 * How our resolver reaches others: past the tunnel, or through whatever the configuration or the
 * rules say. Through a proxy it goes by streams alone: not every one carries datagrams, and DNS
 * loses nothing by it. It remembers whether a
 * resolver on this machine was asked, whose own queries must not come back to us.
 */
import type { Duplex } from 'node:stream';
import { UpstreamError } from '../api/errors.ts';
import type { DatagramChannel, DatagramHandlers, ResolverTarget, WayOut } from '../dns/way-out.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { FlowFacts, Network } from '../../rules/flow-facts.ts';
import { TUN_INBOUND } from '../../rules/flow-facts.ts';
import { normalizeDomain } from '../../rules/domain.ts';
import { parseIp } from '../../rules/ip.ts';
import { addressForRules } from './decide.ts';
import type { Destination, Policy } from './policy.ts';

/** What our own queries look like to rules. */
const OWN_ADDRESS = parseIp('198.18.0.1');
const OWN_PORT = 53_000;

export class EngineWayOut implements WayOut {
  readonly #direct: WayOut;
  readonly #policy: () => Policy;
  readonly #isOwnAddress: (address: string) => boolean;
  readonly #portsHere = new Set<number>();

  /** `policy` throws while there is none. */
  constructor(direct: WayOut, policy: () => Policy, isOwnAddress: (address: string) => boolean) {
    this.#direct = direct;
    this.#policy = policy;
    this.#isOwnAddress = isOwnAddress;
  }

  /** Ports of the resolvers on this machine that were asked. */
  get portsHere(): readonly number[] {
    return [...this.#portsHere];
  }

  async connect(target: ResolverTarget, signal: AbortSignal): Promise<Duplex> {
    const upstream = await this.#upstreamFor(target, 'tcp', signal);
    if (upstream === null) return this.#direct.connect(this.#directly(target), signal);
    return upstream.connect({ host: target.host, port: target.port }, signal);
  }

  async openUdp(
    target: ResolverTarget,
    handlers: DatagramHandlers,
    signal: AbortSignal,
  ): Promise<DatagramChannel | null> {
    const upstream = await this.#upstreamFor(target, 'udp', signal);
    if (upstream !== null) return null;
    return this.#direct.openUdp(this.#directly(target), handlers, signal);
  }

  #directly(target: ResolverTarget): ResolverTarget {
    const isHere = parseIp(target.host) !== null && this.#isOwnAddress(target.host);
    if (isHere) this.#portsHere.add(target.port);
    return { ...target, via: null };
  }

  /** Null: past the tunnel. */
  async #upstreamFor(
    target: ResolverTarget,
    network: Network,
    signal: AbortSignal,
  ): Promise<Upstream | null> {
    const { via, host } = target;
    if (via === null) return null;
    const destination =
      via === 'rules'
        ? await this.#byRules(target, network, signal)
        : this.#policy().upstreamNamed(via.proxy);
    if (destination !== null && typeof destination !== 'string') {
      return destination.type === 'Direct' ? null : destination;
    }
    const by = via === 'rules' ? 'the rules' : `"${via.proxy}"`;
    throw new UpstreamError(
      'ERR_DNS_WAY',
      'refused',
      `The resolver ${host} cannot be asked: ${by} refuse${via === 'rules' ? '' : 's'} it.`,
    );
  }

  async #byRules(
    target: ResolverTarget,
    network: Network,
    signal: AbortSignal,
  ): Promise<Destination> {
    const policy = this.#policy();
    let facts = factsOf(target, network);
    for (;;) {
      const outcome = policy.decide(facts);
      switch (outcome.kind) {
        case 'decided':
          return outcome.destination;
        case 'need-ip': {
          const address = addressForRules(await target.addresses(signal)) ?? '';
          facts = { ...facts, dstIp: parseIp(address), dstIpResolved: true };
          break;
        }
        case 'need-domain':
          facts = { ...facts, domain: null };
          break;
        case 'need-process':
          facts = { ...facts, process: null };
          break;
      }
    }
  }
}

function factsOf({ host, port }: ResolverTarget, network: Network): FlowFacts {
  if (OWN_ADDRESS === null) throw new TypeError('Our own address is none.');
  const dstIp = parseIp(host);
  return {
    network,
    srcIp: OWN_ADDRESS,
    srcPort: OWN_PORT,
    dstIp: dstIp ?? undefined,
    dstPort: port,
    domain: dstIp === null ? normalizeDomain(host) : null,
    dstIpResolved: false,
    zone: 'host',
    dscp: 0,
    inbound: TUN_INBOUND,
    process: null,
  };
}
