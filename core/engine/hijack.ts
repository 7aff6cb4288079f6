/** Which captured queries are answered here, whoever they were for: `tun.dns-hijack`. */
import type { DnsHijack } from '../config/dns-config.ts';
import type { Network } from '../../rules/flow-facts.ts';

/** What live lists show in the place of a rule where a query was answered here. */
export const HIJACK_RULE = 'tun.dns-hijack';

/** Where everybody expects DNS. */
const DNS_PORT = 53;

export class Hijack {
  readonly #anyAddress = new Set<string>();
  readonly #oneAddress = new Set<string>();

  constructor(entries: readonly DnsHijack[]) {
    for (const { network, address, port } of entries) {
      if (address === '') this.#anyAddress.add(`${network} ${port}`);
      else this.#oneAddress.add(`${network} ${port} ${address}`);
    }
  }

  /** `address` as in a packet: canonical. `isOwnSubnet`: nobody but us is there. */
  matches(network: Network, address: string, port: number, isOwnSubnet: boolean): boolean {
    if (isOwnSubnet && port === DNS_PORT) return true;
    const key = `${network} ${port}`;
    return this.#anyAddress.has(key) || this.#oneAddress.has(`${key} ${address}`);
  }
}
