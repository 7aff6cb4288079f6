/**
 * Chooses the TUN's own addresses so that they collide with nothing on the machine. Pure.
 */
import { formatIp, parseIp, parsePrefix, prefixContains } from '../../../rules/ip.ts';
import type { IpPrefix } from '../../../rules/ip.ts';
import { SluiceError } from '../../api/errors.ts';
import type { Family } from './ip-command.ts';
import type { NetworkSnapshot } from './network-view.ts';

/** The first is mihomo's; all are from ranges that are not routed on the internet. */
const CANDIDATES: Readonly<Record<Family, readonly string[]>> = {
  4: [
    '198.18.0.1/30',
    '198.19.255.253/30',
    '172.31.255.253/30',
    '10.255.255.253/30',
    '192.168.255.253/30',
    '100.127.255.253/30',
  ],
  6: ['fdfe:dcba:9876::1/126', 'fdfe:dcba:9877::1/126', 'fd53:6c75:6963::1/126'],
};

/** A shorter route is a direction, not a network that the address could belong to. */
const SHORTEST_NETWORK: Readonly<Record<Family, number>> = { 4: 8, 6: 16 };

export interface ChosenAddress {
  readonly address: string;
  /** Why it is not the usual one, or empty. */
  readonly notice: string;
}

/** `wanted` empty: chosen here. Throws where the wanted one, or all, collide. `device` is the TUN itself. */
export function chooseTunnelAddress(
  family: Family,
  wanted: string,
  snapshot: NetworkSnapshot,
  device: string,
): ChosenAddress {
  if (wanted !== '') {
    const user = collision(parseAddress(family, wanted), snapshot, device);
    if (user === null) return { address: wanted, notice: '' };
    throw new SluiceError(
      'ERR_TUN_ADDRESS',
      `the TUN cannot have ${wanted}: ${user} uses that network. Remove tun.inet${family}-address or choose another`,
    );
  }
  let notice = '';
  for (const address of CANDIDATES[family]) {
    const user = collision(parseAddress(family, address), snapshot, device);
    if (user === null) {
      return { address, notice: notice && `${notice}: the TUN has ${address} instead.` };
    }
    notice ||= `${user} already uses the network of ${address}`;
  }
  throw new SluiceError(
    'ERR_TUN_ADDRESS',
    `no free IPv${family} address for the TUN (${notice}): set tun.inet${family}-address to an unused one`,
  );
}

/** Throws where a network of fake addresses is already somebody's, whom nobody could reach any more. */
export function assertFakeRanges(
  ranges: readonly string[],
  snapshot: NetworkSnapshot,
  device: string,
): void {
  for (const range of ranges) {
    const parsed = parsePrefix(range);
    const user = parsed.ok ? collision(parsed.value, snapshot, device) : null;
    if (user === null) continue;
    const key = range.includes(':') ? 'dns.fake-ip-range6' : 'dns.fake-ip-range';
    throw new SluiceError(
      'ERR_FAKE_RANGE',
      `${range} cannot be used for fake addresses: ${user} has that network or a part of it. ` +
        `Set ${key} to a network that nobody uses`,
    );
  }
}

/** The address beside an IPv4 one within its network; null where it has the network to itself. */
export function peerOf(own: string): string | null {
  const ip = parseIp(own.slice(0, own.indexOf('/')));
  const parsed = parsePrefix(own);
  if (ip === null || !parsed.ok || ip.family !== 4) return null;
  const { ip: first, length } = parsed.value;
  const size = 2 ** (32 - length);
  const at = (ip.w0 >>> 0) - (first.w0 >>> 0);
  // The ends of a network are its own name and its broadcast, but for the pair of RFC 3021.
  const isHost = (host: number): boolean =>
    host >= 0 && host < size && (size === 2 || (host > 0 && host < size - 1));
  const peer = [at + 1, at - 1].find(isHost);
  return peer === undefined ? null : formatIp({ ...first, w0: first.w0 + peer });
}

/** Who uses a network that overlaps, in words; null: nobody. */
function collision(prefix: IpPrefix, snapshot: NetworkSnapshot, device: string): string | null {
  for (const link of snapshot.links) {
    if (link.name === device) continue;
    if (link.addresses.some((address) => overlap(address.prefix, prefix))) return link.name;
  }
  const route = snapshot.routes.find(
    (candidate) =>
      candidate.device !== device &&
      candidate.prefix.length >= SHORTEST_NETWORK[prefix.ip.family] &&
      overlap(candidate.prefix, prefix),
  );
  return route === undefined ? null : `a route${route.device && ` by ${route.device}`}`;
}

function parseAddress(family: Family, text: string): IpPrefix {
  const parsed = parsePrefix(text);
  if (parsed.ok && parsed.value.ip.family === family) return parsed.value;
  throw new SluiceError(
    'ERR_TUN_ADDRESS',
    `tun.inet${family}-address: ${text} is not an IPv${family} address with a prefix length`,
  );
}

function overlap(a: IpPrefix, b: IpPrefix): boolean {
  return prefixContains(a, b.ip) || prefixContains(b, a.ip);
}
