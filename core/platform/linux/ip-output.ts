/**
 * What `ip -json` prints, as typed values. Fields that a version of iproute2 leaves out or adds
 * do no harm; an entry that makes no sense is skipped. Pure.
 */
import { parseIp, parsePrefix } from '../../../rules/ip.ts';
import type { IpPrefix } from '../../../rules/ip.ts';
import type { Way } from '../inspector.ts';
import { count, fieldsOf, list, text } from './fields.ts';
import type { Fields } from './fields.ts';
import type { Family } from './ip-command.ts';

export interface LinkAddress {
  readonly family: Family;
  readonly address: string;
  readonly prefix: IpPrefix;
  /** Fit to be the source of a new connection to anywhere. */
  readonly usable: boolean;
  /** IPv6 privacy address (RFC 8981). */
  readonly temporary: boolean;
}

export interface Link {
  readonly name: string;
  /** Type as in `ip link add type ...`: `tun`, `bridge`, `wireguard`; empty for hardware. */
  readonly kind: string;
  readonly up: boolean;
  /** A `tun` that carries Ethernet frames, as virtual machines use. */
  readonly isTap: boolean;
  /** The bridge (or other device) that it is a port of; empty: of none. */
  readonly master: string;
  /** Up with a carrier; for a TUN: a program holds it open. */
  readonly running: boolean;
  readonly isLoopback: boolean;
  /** Bytes; 0 where it is not told. */
  readonly mtu: number;
  readonly addresses: readonly LinkAddress[];
}

/** One way of a route: a route with several next hops gives several. */
export interface Route {
  readonly family: Family;
  readonly prefix: IpPrefix;
  /** `unicast`, or a type that leads nowhere such as `unreachable` and `throw`. */
  readonly type: string;
  readonly device: string;
  readonly gateway: string;
  /** The source address the route prescribes, or empty. */
  readonly source: string;
  /** Lower is better. */
  readonly metric: number;
  readonly protocol: string;
  /** The link below has no carrier or is gone. */
  readonly dead: boolean;
}

export interface PolicyRule {
  readonly priority: number;
  readonly protocol: string;
  /** The device it is bound to, if that exists; else empty. */
  readonly iif: string;
}

/** Somebody on a link, as the system found out by ARP or neighbour discovery. */
export interface Neighbour {
  readonly address: string;
  readonly device: string;
}

/** Types of routes that lead nowhere and say so. */
export const REFUSING: ReadonlySet<string> = new Set(['unreachable', 'blackhole', 'prohibit']);

/** `ip -d -json addr show`. */
export function parseLinks(entries: readonly unknown[]): Link[] {
  return entries.flatMap((entry) => {
    const fields = fieldsOf(entry);
    const name = text(fields['ifname']);
    if (name === '') return [];
    const flags = list(fields['flags']);
    const info = fieldsOf(fields['linkinfo']);
    const addresses = list(fields['addr_info']).flatMap((entry) => parseAddress(fieldsOf(entry)));
    return [
      {
        name,
        kind: text(info['info_kind']),
        isTap: text(fieldsOf(info['info_data'])['type']) === 'tap',
        master: text(fields['master']),
        up: flags.includes('UP'),
        running: flags.includes('LOWER_UP'),
        isLoopback: flags.includes('LOOPBACK'),
        mtu: count(fields['mtu']),
        addresses,
      },
    ];
  });
}

function parseAddress(fields: Fields): LinkAddress[] {
  const address = text(fields['local']);
  const bits = fields['prefixlen'];
  const parsed = parsePrefix(typeof bits === 'number' ? `${address}/${bits}` : '');
  if (!parsed.ok) return [];
  const unfit = ['tentative', 'dadfailed', 'deprecated'].some((flag) => fields[flag] === true);
  return [
    {
      family: parsed.value.ip.family,
      address,
      prefix: parsed.value,
      usable: text(fields['scope']) === 'global' && !unfit,
      temporary: fields['temporary'] === true,
    },
  ];
}

/** `ip -4|-6 -json route show table ...`. */
export function parseRoutes(family: Family, entries: readonly unknown[]): Route[] {
  return entries.flatMap((entry) => {
    const fields = fieldsOf(entry);
    const prefix = parseDestination(family, text(fields['dst']));
    if (prefix === null) return [];
    const hops = list(fields['nexthops']).map(fieldsOf);
    return (hops.length === 0 ? [fields] : hops).map((hop) => {
      const flags = list(hop['flags']);
      return {
        family,
        prefix,
        type: text(fields['type']) || 'unicast',
        device: text(hop['dev']),
        gateway: text(hop['gateway']) || text(fieldsOf(hop['via'])['host']),
        source: text(fields['prefsrc']),
        metric: typeof fields['metric'] === 'number' ? fields['metric'] : 0,
        protocol: text(fields['protocol']),
        dead: flags.includes('dead') || flags.includes('linkdown'),
      };
    });
  });
}

/** `ip -4|-6 -json rule show`. */
export function parseRules(entries: readonly unknown[]): PolicyRule[] {
  return entries.flatMap((entry) => {
    const fields = fieldsOf(entry);
    if (typeof fields['priority'] !== 'number') return [];
    return [
      {
        priority: fields['priority'],
        protocol: text(fields['protocol']),
        iif: 'iif_detached' in fields ? '' : text(fields['iif']),
      },
    ];
  });
}

/** `ip -json neighbour show`: those that have answered, by addresses that are not link-local alone. */
export function parseNeighbours(entries: readonly unknown[]): Neighbour[] {
  return entries.flatMap((entry) => {
    const fields = fieldsOf(entry);
    const address = text(fields['dst']);
    const device = text(fields['dev']);
    const ip = parseIp(address);
    const isThere = list(fields['state']).some(
      (state) => typeof state === 'string' && ANSWERED.has(state),
    );
    // RFC 4291 section 2.5.6: fe80::/10.
    if (ip === null || device === '' || !isThere) return [];
    if (ip.family === 6 && ip.w0 >>> 22 === 0x3fa) return [];
    return [{ address, device }];
  });
}

const ANSWERED = new Set(['REACHABLE', 'STALE', 'DELAY', 'PROBE', 'PERMANENT']);

/** `ip -json route get`. */
export function parseWay(entries: readonly unknown[]): Way {
  const fields = fieldsOf(entries[0]);
  const device = text(fields['dev']);
  const isRefused = device === '' || REFUSING.has(text(fields['type']));
  return isRefused ? { kind: 'refused' } : { kind: 'device', device };
}

function parseDestination(family: Family, destination: string): IpPrefix | null {
  const any = family === 4 ? '0.0.0.0/0' : '::/0';
  const whole = destination === 'default' ? any : destination;
  const bits = parseIp(whole) === null ? '' : family === 4 ? '/32' : '/128';
  const parsed = parsePrefix(whole + bits);
  return parsed.ok && parsed.value.ip.family === family ? parsed.value : null;
}
