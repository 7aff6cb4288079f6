/**
 * The reference for the compiled rules: walks the list as mihomo does and compares text and big
 * integers, sharing no code with what it checks. It is told the truth about a flow and notes
 * what of it had to be found out.
 */
import type { Rule } from '../../../rules/rule.ts';

export interface World {
  readonly network: 'tcp' | 'udp';
  readonly srcIp: string;
  readonly srcPort: number;
  readonly dstPort: number;
  /** The truth; null where there is none. */
  readonly domain: string | null;
  readonly dstIp: string | null;
  /** Whether the flow came with its address, or with its name alone. */
  readonly ipKnown: boolean;
}

/** The index of the rule that decides; -1: none. */
export function naiveMatch(rules: readonly Rule[], world: World): number {
  let ipKnown = world.ipKnown;
  for (const [index, rule] of rules.entries()) {
    const resolves = /^IP-CIDR6?$/.test(rule.type) && !isSource(rule) && !noResolve(rule);
    if (resolves) ipKnown = true;
    if (matches(rule, world, ipKnown ? world.dstIp : null)) return index;
  }
  return -1;
}

function isSource(rule: Rule): boolean {
  return rule.condition.kind === 'src-ip';
}

function noResolve(rule: Rule): boolean {
  return rule.condition.kind === 'dst-ip' && rule.condition.noResolve;
}

function matches(rule: Rule, world: World, dstIp: string | null): boolean {
  const { payload, type } = rule;
  const { domain } = world;
  const payloadName = payload.toLowerCase().replace(/\.$/, '');
  switch (type) {
    case 'DOMAIN':
      return domain === payloadName;
    case 'DOMAIN-SUFFIX':
      return domain !== null && `.${domain}`.endsWith(`.${payloadName}`);
    case 'DOMAIN-KEYWORD':
      return domain !== null && domain.split(payload.toLowerCase()).length > 1;
    case 'IP-CIDR':
    case 'IP-CIDR6':
      return inPrefix(isSource(rule) ? world.srcIp : dstIp, payload);
    case 'SRC-IP-CIDR':
      return inPrefix(world.srcIp, payload);
    case 'DST-PORT':
      return inPorts(world.dstPort, payload);
    case 'SRC-PORT':
      return inPorts(world.srcPort, payload);
    case 'NETWORK':
      return world.network === payload.toLowerCase();
    default:
      return type === 'MATCH';
  }
}

function inPorts(port: number, payload: string): boolean {
  return payload.split('/').some((part) => {
    const [first = '', last = first] = part.split('-');
    return Math.min(+first, +last) <= port && port <= Math.max(+first, +last);
  });
}

function inPrefix(ip: string | null, payload: string): boolean {
  if (ip === null) return false;
  const [network = '', length = ''] = payload.split('/');
  const own = bits(network);
  const other = bits(ip);
  return own.length === other.length && own.slice(0, +length) === other.slice(0, +length);
}

/** As a string of 0 and 1. Understands dotted decimal, and IPv6 with one `::` and no dots. */
function bits(ip: string): string {
  const binary = (value: number, width: number): string => value.toString(2).padStart(width, '0');
  if (ip.includes('.'))
    return ip
      .split('.')
      .map((part) => binary(+part, 8))
      .join('');
  const [head = '', tail] = ip.split('::');
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const before = groups(head);
  const after = groups(tail ?? '');
  const zeros = Array<string>(8 - before.length - after.length).fill('0');
  return [...before, ...zeros, ...after].map((group) => binary(parseInt(group, 16), 16)).join('');
}
