/**
 * The machine's network for people to look at: what `ip` says, with what each part is to Sluice.
 * Only reads. What a system prints may be odd or endless: what makes no sense is skipped, and
 * what is too much is counted.
 */
import { existsSync } from 'node:fs';
import { formatPrefix } from '../../../rules/ip.ts';
import type {
  InterfaceInfo,
  InterfaceRole,
  MachineNetwork,
  PolicyRuleInfo,
  RouteInfo,
  RulePurpose,
  TunnelInfo,
} from '../../api/network.ts';
import type { Uplink } from '../platform.ts';
import { presentFamilies } from './changes.ts';
import { ipQuery } from './ip-command.ts';
import type { Family } from './ip-command.ts';
import { parseLinks, parseNeighbours, parseRoutes } from './ip-output.ts';
import type { Link, Neighbour, Route } from './ip-output.ts';
import { forwards, isWsl } from './kernel.ts';
import { queryRuleLines } from './rule-lines.ts';
import type { RuleLine } from './rule-lines.ts';
import { RULE_COUNT } from './tunnel-plan.ts';
import { zonesOf } from './zones.ts';

/** Of each list; a machine with more is a router with a table that nobody reads. */
const MAX_SHOWN = 200;
const MAX_NEIGHBOURS = 256;
/** Of an interface. */
const MAX_ADDRESSES = 16;

export interface MachineView {
  /** Sluice's own, whether traffic is led into it or not; empty: there is none. */
  readonly device: string;
  readonly tunnel: TunnelInfo | null;
  readonly uplink: Uplink | null;
}

/** Rejects with `SluiceError` where the system does not answer. */
export async function lookAtMachine(view: MachineView): Promise<MachineNetwork> {
  const { tunnel } = view;
  const families = presentFamilies();
  const tables = tunnel === null ? ['main'] : ['main', String(tunnel.tableIndex)];
  const [links, neighbours, routes, rules] = await Promise.all([
    ipQuery(['-details', 'address', 'show']).then(parseLinks),
    ipQuery(['neighbour', 'show']).then(parseNeighbours),
    Promise.all(
      families.flatMap((family) => tables.map((table) => queryRoutes(family, table, tunnel))),
    ),
    queryRuleLines(),
  ]);
  return describeMachine({ links, neighbours, routes: routes.flat(), rules }, view);
}

export interface MachineSnapshot {
  readonly links: readonly Link[];
  readonly neighbours: readonly Neighbour[];
  readonly routes: readonly RouteInfo[];
  readonly rules: readonly RuleLine[];
}

export function describeMachine(
  { links, neighbours, routes, rules }: MachineSnapshot,
  { device, tunnel, uplink }: MachineView,
): MachineNetwork {
  const uplinks = [uplink?.device4 ?? '', uplink?.device6 ?? ''].filter((name) => name !== '');
  const zones = zonesOf(links, uplinks);
  const interfaces = links.map((link): InterfaceInfo => {
    const role = roleOf(link, device, uplinks, zones.has(link.name));
    return {
      name: link.name,
      kind: link.isTap ? 'tap' : link.kind,
      role,
      state: !link.up ? 'down' : link.running ? 'ready' : 'no-carrier',
      mtu: link.mtu,
      addresses: link.addresses
        .slice(0, MAX_ADDRESSES)
        .map(({ address, prefix }) => `${address}/${prefix.length}`),
      master: link.master,
      zone: zones.get(link.name) ?? (role === 'network' || role === 'uplink' ? 'lan' : null),
    };
  });
  const rank = Object.fromEntries(ROLE_ORDER.map((role, index) => [role, index]));
  interfaces.sort((a, b) => (rank[a.role] ?? 0) - (rank[b.role] ?? 0));
  const guests = new Set(
    interfaces.filter(({ role }) => role === 'guests').map(({ name }) => name),
  );
  const told = rules.map((rule) => describeRule(rule, tunnel));
  return {
    environment: environment(),
    interfaces: interfaces.slice(0, MAX_SHOWN),
    routes: routes.slice(0, MAX_SHOWN),
    rules: told.slice(0, MAX_SHOWN),
    omitted: [interfaces, routes, told].reduce(
      (sum, { length }) => sum + Math.max(0, length - MAX_SHOWN),
      0,
    ),
    neighbours: neighbours.filter(({ device }) => guests.has(device)).slice(0, MAX_NEIGHBOURS),
    forwards4: forwards(4),
    forwards6: forwards(6),
    tunnel,
    uplink,
  };
}

/** What matters most first. */
const ROLE_ORDER: readonly InterfaceRole[] = [
  'tunnel',
  'uplink',
  'guests',
  'vpn',
  'network',
  'loopback',
  'port',
];

/** Kinds of interfaces that lead into somebody's tunnel. */
const VPN_KINDS = new Set(['tun', 'wireguard', 'ppp', 'ipip', 'gre', 'sit', 'vti', 'xfrm', 'ovpn']);

function roleOf(
  link: Link,
  device: string,
  uplinks: readonly string[],
  hasGuests: boolean,
): InterfaceRole {
  if (link.name === device) return 'tunnel';
  if (link.isLoopback) return 'loopback';
  if (uplinks.includes(link.name)) return 'uplink';
  if (link.master !== '') return 'port';
  if (hasGuests) return 'guests';
  return VPN_KINDS.has(link.kind) ? 'vpn' : 'network';
}

/** By place, from the first of our rules on: docs/routing-linux.md. */
const PURPOSES: Readonly<Record<Family, readonly (RulePurpose | undefined)[]>> = {
  4: ['subnet', 'returning', 'specific', 'connected', 'unbound', 'forwarded'],
  6: ['subnet', 'returning', 'specific', 'connected', 'unbound', 'unbound', 'rest'],
};

function describeRule(rule: RuleLine, tunnel: TunnelInfo | null): PolicyRuleInfo {
  const { family, priority, text } = rule;
  const isOwn =
    rule.isOwn && tunnel !== null && priority >= tunnel.firstRule && priority <= tunnel.lastRule;
  const place = isOwn ? priority - tunnel.firstRule : -1;
  const purpose = place === RULE_COUNT - 1 ? 'end' : (PURPOSES[family][place] ?? null);
  return {
    family,
    priority,
    text,
    purpose: isOwn ? purpose : null,
    isSystem: priority === 0 || priority === 32_766 || priority === 32_767,
  };
}

async function queryRoutes(
  family: Family,
  table: string,
  tunnel: TunnelInfo | null,
): Promise<RouteInfo[]> {
  const entries = await ipQuery([`-${family}`, 'route', 'show', 'table', table]);
  const isOwnTable = table !== 'main' && tunnel !== null;
  return parseRoutes(family, entries).map((route) => routeInfo(route, isOwnTable));
}

function routeInfo(route: Route, isOwn: boolean): RouteInfo {
  const { family, prefix, device, gateway, metric, type } = route;
  return { family, prefix: formatPrefix(prefix), device, gateway, metric, type, isOwn };
}

function environment(): MachineNetwork['environment'] {
  if (isWsl()) return 'wsl';
  const isContainer = ['/.dockerenv', '/run/.containerenv'].some((path) => existsSync(path));
  return isContainer ? 'container' : 'machine';
}
