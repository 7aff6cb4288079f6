/**
 * Applies tunnel plans to the machine: journals, then makes the difference to what is there. Owns
 * the list of changes in force; the platform calls it one operation at a time.
 */
import { existsSync, readFileSync } from 'node:fs';
import { SluiceError } from '../../api/errors.ts';
import type { ChangeKind, Journal } from '../journal.ts';
import type { Tunnel, TunnelOptions } from '../platform.ts';
import { addressChanges, assertDeviceName, assertIndexes, assertNoConflict } from './changes.ts';
import type { RoutingChange } from './changes.ts';
import { ipBatch, ipBatchTolerant } from './ip-command.ts';
import type { Family } from './ip-command.ts';
import type { NetworkSnapshot } from './network-view.ts';
import { assertFakeRanges, chooseTunnelAddress, peerOf } from './tunnel-address.ts';
import { RULE_COUNT, planTunnel } from './tunnel-plan.ts';
import type { Change, FamilyMode } from './tunnel-plan.ts';

export interface TunnelPlan {
  readonly tunnel: Tunnel;
  readonly options: TunnelOptions;
  readonly address: Readonly<Record<Family, string>>;
  readonly changes: readonly Change[];
}

/** Checks the options against the machine and says what to change. Changes nothing. */
export async function prepareTunnel(
  options: TunnelOptions,
  current: TunnelPlan | null,
  snapshot: NetworkSnapshot,
): Promise<TunnelPlan> {
  assertOptions(options);
  const { device, tableIndex, ruleIndex } = options;
  const had = current?.options;
  const keepsRouting =
    had?.autoRoute === true && had.tableIndex === tableIndex && had.ruleIndex === ruleIndex;
  if (options.autoRoute && !keepsRouting) {
    await assertNoConflict(tableIndex, ruleIndex, current !== null);
  }
  if (options.autoRoute) assertFakeRanges(options.fakeRanges, snapshot, device);

  const mode: Record<Family, FamilyMode> = { 4: 'open', 6: ipv6Mode(device) };
  const address: Record<Family, string> = { 4: '', 6: '' };
  const notices: string[] = [];
  for (const family of [4, 6] as const) {
    if (mode[family] !== 'open') continue;
    const wanted = family === 4 ? options.address4 : options.address6;
    const has = current?.address[family] ?? '';
    if (has !== '' && (wanted === '' || wanted === has)) {
      // Moving it would break every flow that uses it.
      address[family] = has;
      continue;
    }
    const chosen = chooseTunnelAddress(family, wanted, snapshot, device);
    address[family] = chosen.address;
    if (chosen.notice !== '') notices.push(chosen.notice);
  }
  if (mode[6] === 'refused') {
    notices.push(
      'IPv6 is switched off for new interfaces of this machine (disable_ipv6): what would leave by it is refused, so that it cannot leak.',
    );
  }
  const tunnel: Tunnel = {
    device,
    address4: address[4],
    address6: address[6],
    changes: describe(options, address),
    notices,
  };
  return { tunnel, options, address, changes: planTunnel({ ...options, address, mode }) };
}

/**
 * Journals the plan and makes its difference to `current` (null: nothing). Where it rejects, part
 * of it is made: the caller undoes everything from the journal.
 */
export async function applyTunnel(
  plan: TunnelPlan,
  current: TunnelPlan | null,
  journal: Journal,
  routing: ChangeKind<RoutingChange>,
): Promise<void> {
  const { device, tableIndex, ruleIndex, autoRoute } = plan.options;
  for (const family of [4, 6] as const) {
    const address = plan.address[family];
    if (address !== '') journal.record(addressChanges, { device, family, address });
  }
  if (autoRoute) journal.record(routing, { device, tableIndex, ruleIndex });

  const old = current?.changes ?? [];
  const has = new Set(old.map(keyOf));
  const kept = new Set(plan.changes.map(placeOf));
  const added = plan.changes.filter((change) => !has.has(keyOf(change)));
  const dropped = old.filter((change) => !kept.has(placeOf(change)) && change.remove !== '');
  // The new before the old goes: traffic never finds a gap.
  await runBatches(
    added.map(({ family, add }) => ({ family, line: add })),
    ipBatch,
  );
  await runBatches(
    dropped.toReversed().map(({ family, remove }) => ({ family, line: remove })),
    ipBatchTolerant,
  );
}

/**
 * The address in the tunnel at which the system may ask for names: its other end, which nobody
 * has. Null where the plan wants none, or queries there would not be answered.
 */
export function resolverFor({ options, address }: TunnelPlan): string | null {
  const { dns, autoRoute } = options;
  if (dns === null || !autoRoute) return null;
  const peer = peerOf(address[4]);
  const isAnswered = dns.answers.length === 0 || (peer !== null && dns.answers.includes(peer));
  return isAnswered ? peer : null;
}

/** Consecutive commands of one family are one call. */
async function runBatches(
  commands: readonly { readonly family: Family; readonly line: string }[],
  run: (family: Family, lines: readonly string[]) => Promise<void>,
): Promise<void> {
  let lines: string[] = [];
  for (const [index, { family, line }] of commands.entries()) {
    lines.push(line);
    if (commands[index + 1]?.family === family) continue;
    await run(family, lines);
    lines = [];
  }
}

function assertOptions(options: TunnelOptions): void {
  assertDeviceName(options.device);
  assertIndexes(options.tableIndex, options.ruleIndex);
  // RFC 8200 section 5: IPv6 needs 1280.
  if (!Number.isInteger(options.mtu) || options.mtu < 1280 || options.mtu > 65_535) {
    throw new SluiceError(
      'ERR_TUN_OPTIONS',
      `tun.mtu: ${options.mtu} is not between 1280 and 65535`,
    );
  }
}

function ipv6Mode(device: string): FamilyMode {
  if (!existsSync('/proc/sys/net/ipv6')) return 'absent';
  try {
    const path = `/proc/sys/net/ipv6/conf/${device}/disable_ipv6`;
    return readFileSync(path, 'utf8').trim() === '0' ? 'open' : 'refused';
  } catch {
    // With an MTU below 1280 the kernel takes the whole folder away.
    return 'refused';
  }
}

function describe(options: TunnelOptions, address: Readonly<Record<Family, string>>): string[] {
  const { device, tableIndex, ruleIndex } = options;
  const addresses = [address[4], address[6]].filter((text) => text !== '').join(' and ');
  const changes = [`The device ${device} has ${addresses} and an MTU of ${options.mtu}.`];
  if (!options.autoRoute) return changes;
  const what = options.routeAddress.length === 0 ? 'everything' : options.routeAddress.join(', ');
  const but =
    options.routeExcludeAddress.length === 0
      ? ''
      : ` but ${options.routeExcludeAddress.join(', ')}`;
  const fake =
    options.fakeRanges.length === 0
      ? ''
      : `, and the fake addresses (${options.fakeRanges.join(', ')}),`;
  changes.push(
    `Routing table ${tableIndex} leads ${what}${but}${fake} into ${device}.`,
    `Policy rules ${ruleIndex} to ${ruleIndex + RULE_COUNT - 1} send traffic to that table.`,
  );
  return changes;
}

function placeOf(change: Change): string {
  return `${change.family} ${change.place}`;
}

function keyOf(change: Change): string {
  return `${change.family} ${change.add}`;
}
