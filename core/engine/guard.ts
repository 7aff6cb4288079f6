/**
 * Flows that are refused before any rule is asked, because relaying them would reach nobody, and
 * those that are queries for us. (The engine's own traffic that comes back through the tunnel never
 * gets here: the stack refuses it, and counts it as `ownFlowsRefused`.)
 */
import type { ApiError } from '../api/errors.ts';
import type { Refusal } from '../native/binding.d.ts';
import type { Network } from '../../rules/flow-facts.ts';
import type { Ip, IpPrefix } from '../../rules/ip.ts';
import { parsePrefix, prefixContains } from '../../rules/ip.ts';
import type { InForce } from './in-force.ts';
import { Probes } from './probes.ts';

export interface GuardRefusal {
  readonly how: Refusal;
  readonly error: ApiError;
  readonly isOwnSubnet: boolean;
}

/** Where a flow wants to go. */
export interface GuardedFlow {
  readonly network: Network;
  readonly dst: string;
  readonly dstPort: number;
}

const NOBODY: GuardRefusal = {
  how: 'drop',
  error: {
    code: 'ERR_FLOW_MULTICAST',
    message: 'Multicast and broadcast do not leave through a proxy.',
  },
  isOwnSubnet: false,
};
const OWN_SUBNET: GuardRefusal = {
  how: 'host-unreachable',
  error: {
    code: 'ERR_FLOW_OWN_SUBNET',
    message: "The destination is in the tunnel's own subnet, where nobody else is.",
  },
  isOwnSubnet: true,
};
const NO_IPV6: GuardRefusal = {
  how: 'net-unreachable',
  error: { code: 'ERR_FLOW_IPV6_OFF', message: 'The configuration has "ipv6: false".' },
  isOwnSubnet: false,
};

export class FlowGuard {
  /** Flows of the self test, which end here. */
  readonly probes = new Probes();
  #subnets: IpPrefix[] = [];

  /** The tunnel's own prefixes, `address/bits`; empty strings are skipped. */
  setTunnel(prefixes: readonly string[]): void {
    this.#subnets = prefixes
      .map((prefix) => parsePrefix(prefix))
      .flatMap((parsed) => (parsed.ok ? [parsed.value] : []));
  }

  /**
   * Why a flow must not be relayed; `query` where it is to be answered by `InForce.dns`; null for
   * all the others. `dst` is that of the flow.
   */
  check(
    { network, dst, dstPort }: GuardedFlow,
    dstIp: Ip,
    inForce: Pick<InForce, 'config' | 'dns' | 'hijack'>,
  ): GuardRefusal | 'query' | null {
    if (isGroupAddress(dstIp)) return NOBODY;
    if (!inForce.config.ipv6 && dstIp.family === 6) return NO_IPV6;
    const isOwn = this.#subnets.some((subnet) => prefixContains(subnet, dstIp));
    if (inForce.dns !== null && inForce.hijack.matches(network, dst, dstPort, isOwn)) {
      return 'query';
    }
    return isOwn ? OWN_SUBNET : null;
  }
}

/** Multicast, limited broadcast, or no address at all: 0.0.0.0/8 and 224.0.0.0/3; `::` and ff00::/8. */
function isGroupAddress(ip: Ip): boolean {
  const first = ip.w0 >>> 24;
  if (ip.family === 4) return first === 0 || first >= 224;
  return first === 0xff || (ip.w0 === 0 && ip.w1 === 0 && ip.w2 === 0 && ip.w3 === 0);
}
