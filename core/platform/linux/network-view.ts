/**
 * The machine's network at one moment: which way leads to the internet past the tunnel, and how
 * an own socket must be bound to take the way to a destination. Pure; the watcher makes a new
 * view whenever something changed.
 */
import { parseIp, prefixContains } from '../../../rules/ip.ts';
import type { Ip, IpPrefix } from '../../../rules/ip.ts';
import type { Zone } from '../../../rules/flow-facts.ts';
import type { Binding } from '../../native/binding.d.ts';
import type { Uplink } from '../platform.ts';
import type { Family } from './ip-command.ts';
import { REFUSING } from './ip-output.ts';
import type { Link, Route } from './ip-output.ts';
import { zonesOf } from './zones.ts';

export interface NetworkSnapshot {
  readonly links: readonly Link[];
  /** The main table, both families. */
  readonly routes: readonly Route[];
}

/** A way out of the machine for one family. */
interface Exit {
  readonly device: string;
  readonly address: string;
  readonly gateway: string;
}

interface Way {
  readonly prefix: IpPrefix;
  /** Null: the destination is refused here. */
  readonly exit: Exit | null;
  readonly metric: number;
}

export interface NetworkView {
  readonly uplink: Uplink | null;
  /** See `Platform.bindingFor`. */
  readonly bindingFor: (address: string) => Binding | null;
  /** See `Platform.zoneOf`. */
  readonly zoneOf: (address: string) => Zone;
  /** See `Platform.hasGuests`. */
  readonly hasGuests: boolean;
}

const LOOPBACK: IpPrefix = { ip: { family: 4, w0: 127 << 24, w1: 0, w2: 0, w3: 0 }, length: 8 };
const UNBOUND: Binding = { device: '', address4: '', address6: '' };

/** `uplinkDevice` not empty: the default route must leave by it. */
export function viewNetwork(snapshot: NetworkSnapshot, uplinkDevice: string): NetworkView {
  const links = new Map(snapshot.links.map((link) => [link.name, link]));
  const exits = {
    4: chooseExit(4, snapshot.routes, links, uplinkDevice),
    6: chooseExit(6, snapshot.routes, links, uplinkDevice),
  };
  const ways = specificWays(snapshot.routes, links);
  const own = new Set(
    snapshot.links
      .flatMap((link) => link.addresses)
      .map((address) => ipKey(parseIp(address.address))),
  );
  const isOwn = (ip: Ip): boolean => own.has(ipKey(ip)) || prefixContains(LOOPBACK, ip);
  const uplinks = [exits[4]?.device ?? '', exits[6]?.device ?? ''];
  const zones = zonesOf(snapshot.links, uplinks);

  return {
    uplink: uplinkOf(exits[4], exits[6]),
    hasGuests: zones.size > 0,
    bindingFor(address): Binding | null {
      const ip = parseIp(address);
      if (ip === null) return null;
      if (isOwn(ip)) return UNBOUND;
      const way = ways.find((candidate) => prefixContains(candidate.prefix, ip));
      const exit = way === undefined ? exits[ip.family] : way.exit;
      if (exit === null) return null;
      return {
        device: exit.device,
        address4: ip.family === 4 ? exit.address : '',
        address6: ip.family === 6 ? exit.address : '',
      };
    },
    zoneOf(address): Zone {
      const ip = parseIp(address);
      if (ip === null) return 'lan';
      if (isOwn(ip)) return 'host';
      const way = ways.find((candidate) => prefixContains(candidate.prefix, ip));
      return zones.get(way?.exit?.device ?? '') ?? 'lan';
    },
  };
}

function chooseExit(
  family: Family,
  routes: readonly Route[],
  links: ReadonlyMap<string, Link>,
  uplinkDevice: string,
): Exit | null {
  let best: { exit: Exit; metric: number } | null = null;
  for (const route of routes) {
    if (route.family !== family || route.prefix.length !== 0 || route.type !== 'unicast') continue;
    const link = links.get(route.device);
    if (uplinkDevice === '' ? link?.kind === 'tun' : route.device !== uplinkDevice) continue;
    if (best !== null && best.metric <= route.metric) continue;
    const exit = exitOf(route, link);
    // Without an address of its own the family does not work there.
    if (exit !== null && exit.address !== '') best = { exit, metric: route.metric };
  }
  return best?.exit ?? null;
}

/** Every route but the default ones, the one that the kernel would prefer first. */
function specificWays(routes: readonly Route[], links: ReadonlyMap<string, Link>): Way[] {
  const ways: Way[] = [];
  for (const route of routes) {
    if (route.prefix.length === 0) continue;
    const { prefix, metric } = route;
    if (REFUSING.has(route.type)) ways.push({ prefix, exit: null, metric });
    if (route.type !== 'unicast') continue;
    const exit = exitOf(route, links.get(route.device));
    if (exit !== null) ways.push({ prefix, exit, metric });
  }
  return ways.sort((a, b) => b.prefix.length - a.prefix.length || a.metric - b.metric);
}

/** Null where the route leads nowhere at present. */
function exitOf(route: Route, link: Link | undefined): Exit | null {
  if (link === undefined || !link.up || route.dead) return null;
  return {
    device: route.device,
    address: route.source === '' ? sourceAddress(route, link) : route.source,
    gateway: route.gateway,
  };
}

/** What the kernel would choose: in IPv4 the gateway's neighbour, in IPv6 as RFC 6724 section 5. */
function sourceAddress(route: Route, link: Link): string {
  const candidates = link.addresses.filter(
    (address) => address.family === route.family && address.usable,
  );
  const near = parseIp(route.gateway) ?? route.prefix.ip;
  const rank = (index: number): number => {
    const candidate = candidates[index];
    if (candidate === undefined) return 0;
    if (route.family === 4) return prefixContains(candidate.prefix, near) ? 1 : 0;
    const local = isUniqueLocal(candidate.prefix.ip) === isUniqueLocal(route.prefix.ip) ? 2 : 0;
    return local + (candidate.temporary ? 1 : 0);
  };
  let best = 0;
  for (let index = 1; index < candidates.length; index++) {
    if (rank(index) > rank(best)) best = index;
  }
  return candidates[best]?.address ?? '';
}

/** RFC 4193 section 3: fc00::/7. */
function isUniqueLocal(ip: Ip): boolean {
  return ip.family === 6 && ip.w0 >>> 25 === 0x7e;
}

function uplinkOf(exit4: Exit | null, exit6: Exit | null): Uplink | null {
  if (exit4 === null && exit6 === null) return null;
  return {
    device4: exit4?.device ?? '',
    address4: exit4?.address ?? '',
    gateway4: exit4?.gateway ?? '',
    device6: exit6?.device ?? '',
    address6: exit6?.address ?? '',
    gateway6: exit6?.gateway ?? '',
  };
}

function ipKey(ip: Ip | null): string {
  return ip === null ? '' : `${ip.w0},${ip.w1},${ip.w2},${ip.w3},${ip.family}`;
}
