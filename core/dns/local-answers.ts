/**
 * What is answered here, without a server: what settings and standards say, the hosts, fake addresses,
 * and the names of addresses that we gave. One object for each configuration; the pool is the
 * service's.
 */
import { formatIp, parseIp } from '../../rules/ip.ts';
import type { DnsConfig } from '../config/dns-config.ts';
import type { Hosts } from './exchange.ts';
import type { FakeIps } from './fake-ip/fake-ips.ts';
import { addressOfReverseName } from './reverse-name.ts';
import { specialAnswer } from './special-names.ts';
import { RCODE, TYPE } from './wire/constants.ts';
import type { LocalRecord } from './wire/local-reply.ts';
import { encodeName } from './wire/name.ts';

/** `alias`: the name is another name, and the answer is that one's. */
export type LocalAnswer =
  | {
      readonly kind: 'records';
      readonly source: 'local' | 'hosts' | 'fake-ip';
      readonly rcode: number;
      readonly records: readonly LocalRecord[];
    }
  | { readonly kind: 'alias'; readonly name: string };

export interface LocalParts {
  readonly dns: Pick<DnsConfig, 'ipv6' | 'fakeIpTtl'>;
  readonly hosts: Hosts;
  /** Null: every address is a true one. */
  readonly fakes: FakeIps | null;
  /** Hears of a name for which no fake address is free. */
  readonly onPoolFull: (name: string) => void;
}

/** Hosts change when somebody edits them: clients should see it soon. */
export const HOSTS_TTL = 10;

const NO_DATA: LocalAnswer = answered('local', RCODE.NOERROR, []);
const NO_HINTS: LocalAnswer = answered('fake-ip', RCODE.NOERROR, []);
const POOL_FULL: LocalAnswer = answered('fake-ip', RCODE.SERVFAIL, []);

export class LocalAnswers {
  readonly #ipv6: boolean;
  readonly #fakeTtl: number;
  readonly #hosts: Hosts;
  readonly #fakes: FakeIps | null;
  readonly #onPoolFull: (name: string) => void;

  constructor({ dns, hosts, fakes, onPoolFull }: LocalParts) {
    this.#ipv6 = dns.ipv6;
    this.#fakeTtl = dns.fakeIpTtl;
    this.#hosts = hosts;
    this.#fakes = fakes;
    this.#onPoolFull = onPoolFull;
  }

  /** Whether queries of this type are mostly answered here. */
  isLikely(type: number): boolean {
    return this.#fakes !== null && isAboutAddresses(type);
  }

  /** Null where servers know better. `real` leaves fake addresses out. `name` as in `Question`. */
  find(name: string, type: number, real: boolean): LocalAnswer | null {
    if (type === TYPE.AAAA && !this.#ipv6) return NO_DATA;
    if (type === TYPE.PTR) {
      const known = this.#reverse(name);
      if (known !== null) return known;
    }
    const entry = this.#hosts.lookup(name);
    if (entry !== null && isAboutAddresses(type)) {
      if (entry.kind === 'alias') return entry;
      return answered('hosts', RCODE.NOERROR, addressRecords(entry.addresses, type));
    }
    const special = specialAnswer(name, type);
    if (special !== null) {
      return answered('local', special.rcode, addressRecords(special.addresses, type));
    }
    return real || !this.isLikely(type) ? null : this.#fake(name, type);
  }

  #fake(name: string, type: number): LocalAnswer | null {
    const fakes = this.#fakes;
    if (fakes?.wants(name) !== true) return null;
    // A hint at a true address, or at an endpoint of its own, would lead past the pool.
    if (type !== TYPE.A && type !== TYPE.AAAA) return NO_HINTS;
    const data = fakes.addressFor(name, type);
    if (data !== null) {
      return answered('fake-ip', RCODE.NOERROR, [{ type, ttl: this.#fakeTtl, data }]);
    }
    this.#onPoolFull(name);
    return POOL_FULL;
  }

  #reverse(name: string): LocalAnswer | null {
    const ip = parseIp(addressOfReverseName(name) ?? '');
    if (ip === null) return null;
    const address = formatIp(ip);
    const pool = this.#fakes?.pool;
    const isFake = pool?.covers(address) === true;
    const known = isFake ? pool.nameOf(address) : this.#hosts.reverse(address);
    const data = encodeName(known ?? '');
    if (known === null || data === null) {
      // Nobody else knows a fake address.
      return isFake ? answered('fake-ip', RCODE.NXDOMAIN, []) : null;
    }
    const record = { type: TYPE.PTR, ttl: isFake ? this.#fakeTtl : HOSTS_TTL, data };
    return answered(isFake ? 'fake-ip' : 'hosts', RCODE.NOERROR, [record]);
  }
}

function answered(
  source: 'local' | 'hosts' | 'fake-ip',
  rcode: number,
  records: readonly LocalRecord[],
): LocalAnswer {
  return { kind: 'records', source, rcode, records };
}

function isAboutAddresses(type: number): boolean {
  return type === TYPE.A || type === TYPE.AAAA || type === TYPE.HTTPS || type === TYPE.SVCB;
}

/** Of the addresses those that the type asks for. */
function addressRecords(addresses: readonly string[], type: number): LocalRecord[] {
  const family = type === TYPE.A ? 4 : type === TYPE.AAAA ? 6 : 0;
  const records: LocalRecord[] = [];
  for (const address of addresses) {
    const ip = parseIp(address);
    if (ip?.family !== family) continue;
    const data = Buffer.alloc(family === 4 ? 4 : 16);
    const words = family === 4 ? [ip.w0] : [ip.w0, ip.w1, ip.w2, ip.w3];
    words.forEach((word, index) => data.writeInt32BE(word, 4 * index));
    records.push({ type, ttl: HOSTS_TTL, data });
  }
  return records;
}
