/**
 * The kinds of change that Linux routing writes into the journal, and how each is undone. What is
 * deleted carries our protocol number in a table and a range of priorities that were checked, so
 * that not even a forged journal can make us touch what belongs to others.
 */
import { existsSync } from 'node:fs';
import { SluiceError } from '../../api/errors.ts';
import type { ChangeKind } from '../journal.ts';
import { ip, ipBatch, ipBatchTolerant, ipQuery } from './ip-command.ts';
import type { Family } from './ip-command.ts';
import { parseLinks, parseRoutes, parseRules } from './ip-output.ts';
import type { Link, PolicyRule, Route } from './ip-output.ts';
import { OWN_PROTOCOL, RULE_COUNT } from './tunnel-plan.ts';

/** Our rules and our routing table. */
export interface RoutingChange {
  readonly device: string;
  readonly tableIndex: number;
  readonly ruleIndex: number;
}

export interface AddressChange {
  readonly device: string;
  readonly family: Family;
  /** `address/bits`. */
  readonly address: string;
}

const FAMILIES: readonly Family[] = [4, 6];
const DEVICE_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/;

export function isDeviceName(name: string): boolean {
  return DEVICE_NAME.test(name);
}

/** Throws `ERR_TUN_OPTIONS` unless the name is one that Linux and `ip` take. */
export function assertDeviceName(name: string): void {
  if (isDeviceName(name)) return;
  throw new SluiceError(
    'ERR_TUN_OPTIONS',
    `tun.device: ${JSON.stringify(name)} is no interface name: use up to 15 letters, digits, ".", "_" or "-"`,
  );
}

/** Throws `ERR_TUN_OPTIONS` unless the numbers leave the system's own tables and rules alone. */
export function assertIndexes(tableIndex: number, ruleIndex: number): void {
  if (!isTableIndex(tableIndex)) {
    throw new SluiceError(
      'ERR_TUN_OPTIONS',
      `tun.iproute2-table-index: ${tableIndex} is not a table of our own: use 1 to 4294967295, but not 253 to 255`,
    );
  }
  if (!isRuleIndex(ruleIndex)) {
    throw new SluiceError(
      'ERR_TUN_OPTIONS',
      `tun.iproute2-rule-index: ${ruleIndex} does not leave ${RULE_COUNT} priorities between 1 and 32765`,
    );
  }
}

/**
 * `isHeld(device)` tells whether this process holds the TUN. Rules around a TUN that somebody
 * holds, but not we, are another Sluice's by now.
 */
export function routingChanges(isHeld: (device: string) => boolean): ChangeKind<RoutingChange> {
  return {
    parse(data): RoutingChange | null {
      if (typeof data !== 'object' || data === null) return null;
      const { device, tableIndex, ruleIndex } = data as Partial<Record<string, unknown>>;
      if (typeof device !== 'string' || !DEVICE_NAME.test(device)) return null;
      if (typeof tableIndex !== 'number' || !isTableIndex(tableIndex)) return null;
      if (typeof ruleIndex !== 'number' || !isRuleIndex(ruleIndex)) return null;
      return { device, tableIndex, ruleIndex };
    },
    async undo(change): Promise<readonly string[]> {
      return undoRouting(change.tableIndex, change.ruleIndex, isHeld);
    },
  };
}

export const addressChanges: ChangeKind<AddressChange> = {
  parse(data): AddressChange | null {
    if (typeof data !== 'object' || data === null) return null;
    const { device, family, address } = data as Partial<Record<string, unknown>>;
    if (typeof device !== 'string' || !DEVICE_NAME.test(device)) return null;
    if (family !== 4 && family !== 6) return null;
    if (typeof address !== 'string' || !/^[0-9a-f.:]{2,45}\/[0-9]{1,3}$/i.test(address))
      return null;
    return { device, family, address };
  },
  async undo({ device, family, address }): Promise<readonly string[]> {
    const links = await queryLinks();
    const link = links.find((candidate) => candidate.name === device);
    const literal = address.slice(0, address.indexOf('/'));
    const isThere = link?.addresses.some((candidate) => candidate.address === literal) ?? false;
    if (!isThere || link?.kind !== 'tun') return [];
    await ipBatch(family, [`address del ${address} dev ${device}`]);
    return [`address ${address} of ${device}`];
  },
};

/** Removes our rules and routes, each family's; resolves to what was removed. */
export async function undoRouting(
  tableIndex: number,
  ruleIndex: number,
  isHeld: (device: string) => boolean,
): Promise<string[]> {
  const undone: string[] = [];
  const running = new Set((await queryLinks()).filter((link) => link.running).map(nameOf));
  for (const family of presentFamilies()) {
    const rules = (await queryRules(family, ruleIndex)).filter(isOwn);
    if (rules.some((rule) => running.has(rule.iif) && rule.iif !== 'lo' && !isHeld(rule.iif)))
      continue;
    const routes = (await queryTable(family, tableIndex)).filter(isOwn);
    if (
      routes.some(
        (route) => running.has(route.device) && route.device !== 'lo' && !isHeld(route.device),
      )
    )
      continue;
    // The rules that lead into the table first; the one that others jump to last.
    const last = ruleIndex + RULE_COUNT - 1;
    const order = (rule: PolicyRule): number => (rule.priority === last ? 0 : rule.priority);
    await ipBatchTolerant(
      family,
      rules
        .toSorted((a, b) => order(b) - order(a))
        .map((rule) => `rule del priority ${rule.priority} protocol ${OWN_PROTOCOL}`),
    );
    if (routes.length > 0) {
      await ip([
        `-${family}`,
        'route',
        'flush',
        'table',
        String(tableIndex),
        'protocol',
        OWN_PROTOCOL,
      ]);
    }
    if (rules.length > 0)
      undone.push(`${rules.length} IPv${family} policy rules from ${ruleIndex} to ${last}`);
    if (routes.length > 0)
      undone.push(`${routes.length} IPv${family} routes of table ${tableIndex}`);
    const left = (await queryRules(family, ruleIndex)).filter(isOwn).length;
    if (left > 0) {
      throw new SluiceError(
        'ERR_ROUTING',
        `${left} IPv${family} policy rules from ${ruleIndex} to ${last} could not be removed: run sluice cleanup as root`,
      );
    }
  }
  return undone;
}

/**
 * Throws `ERR_ROUTING_CONFLICT` where the table or the rule range is somebody else's. `isUp`: what
 * bears our mark is this process's own.
 */
export async function assertNoConflict(
  tableIndex: number,
  ruleIndex: number,
  isUp: boolean,
): Promise<void> {
  const isOthers = (item: Marked): boolean => !isUp || !isOwn(item);
  for (const family of presentFamilies()) {
    const rules = (await queryRules(family, ruleIndex)).filter(isOthers);
    const routes = (await queryTable(family, tableIndex)).filter(isOthers);
    if (rules.length === 0 && routes.length === 0) continue;
    const what =
      rules.length > 0
        ? `policy rules from ${ruleIndex} to ${ruleIndex + RULE_COUNT - 1} (ip -${family} rule)`
        : `routing table ${tableIndex} (ip -${family} route show table ${tableIndex})`;
    throw new SluiceError(
      'ERR_ROUTING_CONFLICT',
      `another program uses the ${what}: probably another Sluice, mihomo or sing-box. Stop it, ` +
        'or choose other numbers with tun.iproute2-rule-index and tun.iproute2-table-index',
    );
  }
}

export async function queryLinks(): Promise<Link[]> {
  return parseLinks(await ipQuery(['-details', 'address', 'show']));
}

/** The families this kernel has. */
export function presentFamilies(): readonly Family[] {
  return FAMILIES.filter((family) => existsSync(`/proc/sys/net/ipv${family}`));
}

async function queryRules(family: Family, ruleIndex: number): Promise<PolicyRule[]> {
  const rules = parseRules(await ipQuery([`-${family}`, 'rule', 'show']));
  return rules.filter(
    (rule) => rule.priority >= ruleIndex && rule.priority < ruleIndex + RULE_COUNT,
  );
}

async function queryTable(family: Family, tableIndex: number): Promise<Route[]> {
  const args = [`-${family}`, 'route', 'show', 'table', String(tableIndex)];
  return parseRoutes(family, await ipQuery(args));
}

interface Marked {
  readonly protocol: string;
}

function isOwn(item: Marked): boolean {
  return item.protocol === OWN_PROTOCOL;
}

function nameOf(link: Link): string {
  return link.name;
}

function isTableIndex(index: number): boolean {
  const isSystems = index >= 253 && index <= 255;
  return Number.isInteger(index) && index >= 1 && index <= 0xffff_ffff && !isSystems;
}

function isRuleIndex(index: number): boolean {
  return Number.isInteger(index) && index >= 1 && index + RULE_COUNT - 1 <= 32_765;
}
