/**
 * What makes a TUN the default route, as a list of changes. Pure: `tunnel.ts` applies the
 * difference between two plans. docs/routing-linux.md explains the layout.
 */
import { formatPrefix, parsePrefix, prefixContains } from '../../../rules/ip.ts';
import type { IpPrefix } from '../../../rules/ip.ts';
import { SluiceError } from '../../api/errors.ts';
import type { Family } from './ip-command.ts';

/**
 * The kernel's 500 overflow when thousands of flows begin or end together, and a lost reset leaves
 * its flow open for good.
 */
const QUEUE_PACKETS = 10_000;

/** Marks rules and routes as ours (the protocol field exists for that; 83 is not registered). */
export const OWN_PROTOCOL = '83';
/** Priorities from `ruleIndex` on that belong to us. */
export const RULE_COUNT = 11;

/** A change by two lines for `ip -4|-6 -batch`; two changes are the same if `family` and `add` are. */
export interface Change {
  readonly family: Family;
  /** Of two changes with the same place the later replaces the earlier, which is not removed then. */
  readonly place: string;
  readonly add: string;
  /** Empty: it goes away with the device. */
  readonly remove: string;
}

/** `open`: captured; `refused`: nothing may leave by this family; `absent`: the kernel has none. */
export type FamilyMode = 'open' | 'refused' | 'absent';

export interface PlanInput {
  readonly device: string;
  readonly mtu: number;
  /** `address/bits`; empty unless the family is `open`. */
  readonly address: Readonly<Record<Family, string>>;
  readonly mode: Readonly<Record<Family, FamilyMode>>;
  readonly autoRoute: boolean;
  readonly routeAddress: readonly string[];
  readonly routeExcludeAddress: readonly string[];
  /** Enter the tunnel whatever the two above say. */
  readonly fakeRanges: readonly string[];
  readonly tableIndex: number;
  readonly ruleIndex: number;
}

/** Never captured: they do not leave the link, and nobody behind a proxy could answer them. */
const LINK_ONLY: Readonly<Record<Family, readonly string[]>> = {
  4: ['224.0.0.0/4', '255.255.255.255/32'],
  6: [],
};

const FAMILIES: readonly Family[] = [4, 6];
/** A metric behind every other. */
const LAST_RESORT = 99_999;

/** In the order in which they must be made, so that no state on the way breaks the machine's network. */
export function planTunnel(input: PlanInput): Change[] {
  const present = FAMILIES.filter((family) => input.mode[family] !== 'absent');
  const changes = [...planDevice(input)];
  if (!input.autoRoute) return changes;
  for (const family of present) changes.push(...planRoutes(input, family));
  for (const family of present) changes.push(...planRules(input, family));
  return changes;
}

function planDevice(input: PlanInput): Change[] {
  const changes: Change[] = [];
  const link = (what: string): Change => {
    const add = `link set ${input.device} ${what}`;
    return { family: 4, place: add, add, remove: '' };
  };
  // A link-local address would make the kernel send router solicitations into the tunnel.
  if (input.mode[6] !== 'absent') changes.push(link('addrgenmode none'));
  changes.push(link(`mtu ${input.mtu} txqueuelen ${QUEUE_PACKETS} up`));
  for (const family of FAMILIES) {
    const address = input.address[family];
    if (address === '') continue;
    // noprefixroute: the main table stays as it is. nodad: nobody else is on the link.
    const flags = family === 4 ? 'noprefixroute' : 'noprefixroute nodad';
    changes.push({
      family,
      place: `address ${address}`,
      add: `address add ${address} dev ${input.device} ${flags}`,
      remove: `address del ${address} dev ${input.device}`,
    });
  }
  return changes;
}

function planRoutes(input: PlanInput, family: Family): Change[] {
  const { device, tableIndex } = input;
  const inside = prefixesOf(family, input.routeAddress);
  const fake = prefixesOf(family, input.fakeRanges);
  const isFake = (prefix: IpPrefix): boolean =>
    fake.some((range) => prefix.length >= range.length && prefixContains(range, prefix.ip));
  const excluded = prefixesOf(family, input.routeExcludeAddress);
  const outside = new Set([
    ...LINK_ONLY[family],
    ...excluded.filter((prefix) => !isFake(prefix)).map(formatPrefix),
  ]);
  const captured = new Set(
    input.routeAddress.length === 0 ? ['default'] : inside.map(formatPrefix).map(defaultName),
  );
  for (const prefix of outside) captured.delete(defaultName(prefix));
  for (const prefix of fake) captured.add(formatPrefix(prefix));
  const place = (prefix: string): string =>
    `${prefix} table ${tableIndex} protocol ${OWN_PROTOCOL}`;
  // A removal in IPv6 does not look at the type: it names the place, and nothing more.
  const change = (type: string, prefix: string, way = ''): Change => ({
    family,
    place: `route ${place(prefix)}`,
    add: `route replace ${type} ${place(prefix)}${way}`,
    remove: `route del ${type} ${place(prefix)}`,
  });
  const changes = [...outside].map((prefix) => change('throw', defaultName(prefix)));
  if (input.mode[family] === 'refused') {
    return [...changes, ...[...captured].map((prefix) => change('unreachable', prefix))];
  }
  const subnet = subnetOf(input.address[family]);
  captured.add(subnet);
  return [
    ...changes,
    ...[...captured].map((prefix) => change('unicast', prefix, ` dev ${device}`)),
    // Once the TUN is gone, what only it could answer fails at once, instead of leaving the machine.
    ...[...new Set([subnet, ...fake.map(formatPrefix)])].map((prefix) =>
      change('unreachable', `${prefix} metric ${LAST_RESORT}`),
    ),
  ];
}

function planRules(input: PlanInput, family: Family): Change[] {
  const { device, tableIndex, ruleIndex } = input;
  const change = (offset: number, what: string): Change => {
    const priority = ruleIndex + offset;
    return {
      family,
      place: `rule ${priority} ${what}`,
      add: `rule add priority ${priority} ${what} protocol ${OWN_PROTOCOL}`,
      remove: `rule del priority ${priority} ${what} protocol ${OWN_PROTOCOL}`,
    };
  };
  const end = ruleIndex + RULE_COUNT - 1;
  const rules = [
    change(RULE_COUNT - 1, 'nop'),
    // What we write into the TUN is on its way out of it.
    change(1, `iif ${device} goto ${end}`),
    // Routes more specific than a default stay as they are, but a resolver in the LAN is captured.
    change(2, 'not dport 53 lookup main suppress_prefixlength 0'),
  ];
  const address = input.address[family];
  const subnets = address === '' ? [] : [subnetOf(address)];
  // Neither is in the main table, where a route of the LAN might otherwise claim it.
  for (const prefix of new Set([
    ...subnets,
    ...prefixesOf(family, input.fakeRanges).map(formatPrefix),
  ])) {
    rules.push(change(0, `to ${prefix} lookup ${tableIndex}`));
  }
  if (address !== '') {
    rules.push(
      // A socket that was unbound has the TUN's address once it is connected.
      change(3, `from ${subnetOf(address)} iif lo lookup ${tableIndex}`),
    );
  }
  // A local socket bound to another address than the TUN's has chosen its way; all else is captured.
  if (family === 4) {
    rules.push(
      change(4, `from 0.0.0.0 iif lo lookup ${tableIndex}`),
      change(5, `not iif lo lookup ${tableIndex}`),
    );
  } else {
    // IPv6 rules cannot match "no source address", but no prefix longer than 0 matches it. Where
    // the family is refused every source is: after a refusal the kernel would choose one and retry.
    if (input.mode[family] === 'open') {
      rules.push(
        change(4, `from ::/1 iif lo goto ${end}`),
        change(5, `from 8000::/1 iif lo goto ${end}`),
      );
    }
    rules.push(change(6, `lookup ${tableIndex}`));
  }
  return rules;
}

function prefixesOf(family: Family, texts: readonly string[]): IpPrefix[] {
  return texts.map(parseOrThrow).filter((prefix) => prefix.ip.family === family);
}

function subnetOf(address: string): string {
  return formatPrefix(parseOrThrow(address));
}

function parseOrThrow(text: string): IpPrefix {
  const parsed = parsePrefix(text);
  if (parsed.ok) return parsed.value;
  throw new SluiceError(
    'ERR_TUN_OPTIONS',
    `tun: ${text} is not a network such as 10.0.0.0/8: ${parsed.reason}`,
  );
}

/** `ip` prints and takes the whole address space as `default`. */
function defaultName(prefix: string): string {
  return prefix === '0.0.0.0/0' || prefix === '::/0' ? 'default' : prefix;
}
