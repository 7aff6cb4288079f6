/** What the stack answers by itself, and lets in, according to a configuration. Pure. */
import type { Config } from '../config/config.ts';
import type { StackSettings } from '../native/binding.d.ts';
import { formatIp, parseIp, wordMask } from '../../rules/ip.ts';
import type { Ip } from '../../rules/ip.ts';

/** `tunnel`: the interface's own addresses as `address/bits`, or empty; null: there is none. */
export function stackSettingsOf(
  { tun, sluice, ipv6 }: Config,
  tunnel: { readonly address4: string; readonly address6: string } | null,
): StackSettings {
  return {
    echo: sluice.icmp,
    refuseIpv6: !ipv6,
    hop4: neighbourOf(tunnel?.address4 ?? ''),
    hop6: neighbourOf(tunnel?.address6 ?? ''),
    broadcast4: broadcastOf(tunnel?.address4 ?? ''),
    endpointIndependentNat: tun.endpointIndependentNat,
  };
}

/** The other end of the link: the next address, or the one before where that is not a host of the network. */
function neighbourOf(tunnel: string): string {
  const own = hostOf(tunnel);
  if (own === null) return '';
  const { ip, length } = own;
  const last = ip.family === 4 ? ip.w0 : ip.w3;
  const bits = ip.family === 4 ? length : Math.max(length - 96, 0);
  const host = (last & ~wordMask(bits, 0)) >>> 0;
  const highest = ~wordMask(bits, 0) >>> 0;
  // An IPv4 network keeps its first and last address, unless it is of two (RFC 3021).
  const reserved = ip.family === 4 && length < 31 ? 1 : 0;
  if (host < highest - reserved) return formatIp(withLast(ip, last + 1));
  return host > reserved ? formatIp(withLast(ip, last - 1)) : '';
}

function broadcastOf(tunnel: string): string {
  const own = hostOf(tunnel);
  if (own === null || own.ip.family === 6 || own.length > 30) return '';
  return formatIp(withLast(own.ip, own.ip.w0 | ~wordMask(own.length, 0)));
}

/** Host bits included, which `parsePrefix` drops. */
function hostOf(tunnel: string): { readonly ip: Ip; readonly length: number } | null {
  const [address = '', bits = ''] = tunnel.split('/');
  const ip = parseIp(address);
  return ip === null || bits === '' ? null : { ip, length: Number(bits) };
}

function withLast(ip: Ip, word: number): Ip {
  return ip.family === 4 ? { ...ip, w0: word | 0 } : { ...ip, w3: word | 0 };
}
