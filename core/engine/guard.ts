/**
 * Flows that are refused before any rule is asked, because relaying them would loop or reach
 * nobody. It owns the breaker's count: the engine's own traffic that came back through the
 * tunnel means that something leads it there, and one relayed packet would become thousands.
 */
import type { BreakerStatus } from '../api/status.ts';
import type { ApiError } from '../api/errors.ts';
import type { Network } from '../api/flows.ts';
import type { Logger } from '../log/logger.ts';
import type { Refusal } from '../native/binding.d.ts';
import type { Ip, IpPrefix } from '../../rules/ip.ts';
import { parsePrefix, prefixContains } from '../../rules/ip.ts';

export interface GuardedFlow {
  readonly network: Network;
  readonly src: string;
  readonly srcPort: number;
  readonly dst: string;
  readonly dstPort: number;
}

export interface GuardRefusal {
  readonly how: Refusal;
  readonly error: ApiError;
}

/** Whether an own socket has this local address and port. */
export type OwnsSocket = (network: Network, address: string, port: number) => boolean;

const NOBODY: GuardRefusal = {
  how: 'drop',
  error: {
    code: 'ERR_FLOW_MULTICAST',
    message: 'Multicast and broadcast do not leave through a proxy.',
  },
};
const OWN_SUBNET: GuardRefusal = {
  how: 'host-unreachable',
  error: {
    code: 'ERR_FLOW_OWN_SUBNET',
    message: "The destination is in the tunnel's own subnet, where nobody else is.",
  },
};
const NO_IPV6: GuardRefusal = {
  how: 'net-unreachable',
  error: { code: 'ERR_FLOW_IPV6_OFF', message: 'The configuration has "ipv6: false".' },
};
const LOOP: GuardRefusal = {
  how: 'reset',
  error: {
    code: 'ERR_FLOW_LOOP',
    message: "This is Sluice's own traffic, led back into the tunnel.",
  },
};

export class FlowGuard {
  readonly #ownsSocket: OwnsSocket;
  readonly #log: Logger;
  #subnets: IpPrefix[] = [];
  #loops = 0;
  #lastLoop: BreakerStatus['last'] = null;

  constructor(ownsSocket: OwnsSocket, log: Logger) {
    this.#ownsSocket = ownsSocket;
    this.#log = log;
  }

  /** The tunnel's own prefixes, `address/bits`; empty strings are skipped. */
  setTunnel(prefixes: readonly string[]): void {
    this.#subnets = prefixes
      .filter((prefix) => prefix !== '')
      .map((prefix) => parsePrefix(prefix))
      .flatMap((parsed) => (parsed.ok ? [parsed.value] : []));
  }

  /** Why this flow must not be relayed, or null. `dst` is `flow.dst`, parsed. */
  check(flow: GuardedFlow, dst: Ip, ipv6: boolean): GuardRefusal | null {
    if (this.#ownsSocket(flow.network, flow.src, flow.srcPort)) {
      this.#countLoop(flow);
      return LOOP;
    }
    if (isGroupAddress(dst)) return NOBODY;
    if (!ipv6 && dst.family === 6) return NO_IPV6;
    if (this.#subnets.some((subnet) => prefixContains(subnet, dst))) return OWN_SUBNET;
    return null;
  }

  status(): BreakerStatus {
    return { refused: this.#loops, last: this.#lastLoop };
  }

  #countLoop(flow: GuardedFlow): void {
    const text = `${flow.network} ${flow.src} port ${flow.srcPort} to ${flow.dst} port ${flow.dstPort}`;
    this.#loops += 1;
    this.#lastLoop = { at: new Date().toISOString(), flow: text };
    this.#log.warning(
      'BREAKER',
      `Refused our own traffic that came back through the tunnel (${text}). Another VPN or a routing rule leads it there.`,
    );
  }
}

/** Multicast, limited broadcast, or no address at all: 0.0.0.0/8 and 224.0.0.0/3; `::` and ff00::/8. */
function isGroupAddress(ip: Ip): boolean {
  const first = ip.w0 >>> 24;
  if (ip.family === 4) return first === 0 || first >= 224;
  return first === 0xff || (ip.w0 === 0 && ip.w1 === 0 && ip.w2 === 0 && ip.w3 === 0);
}
