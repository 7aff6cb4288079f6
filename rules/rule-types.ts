/** The rule types, and how the payload of each is read. One entry here is one type of the language. */
import { normalizeDomain, toAsciiDomain } from './domain.ts';
import { parseIp, parsePrefix } from './ip.ts';
import type { Parsed } from './parsed.ts';
import type { Condition, PortRange } from './rule.ts';
import { quote } from './text.ts';

export interface Flags {
  readonly noResolve: boolean;
  /** `src`: the source is compared instead of the destination. */
  readonly src: boolean;
}

type PayloadParser = (payload: string, flags: Flags) => Parsed<Condition>;

/** Each type that is evaluated. A payload that mihomo refuses is an error here too. */
export const ruleTypes: ReadonlyMap<string, PayloadParser> = new Map<string, PayloadParser>([
  ['DOMAIN', parseDomain],
  ['DOMAIN-SUFFIX', parseSuffix],
  ['DOMAIN-KEYWORD', parseKeyword],
  ['IP-CIDR', parseIpCidr],
  ['IP-CIDR6', parseIpCidr],
  ['SRC-IP-CIDR', (payload) => parseIpCidr(payload, { noResolve: true, src: true })],
  ['DST-PORT', (payload) => parsePorts(payload, 'dst-port')],
  ['SRC-PORT', (payload) => parsePorts(payload, 'src-port')],
  ['NETWORK', parseNetwork],
  ['MATCH', () => ({ ok: true, value: { kind: 'always' } })],
]);

/** Types of mihomo (and our ZONE) that are read, and never match. */
export const laterTypes: ReadonlySet<string> = new Set([
  ...['DOMAIN-WILDCARD', 'DOMAIN-REGEX', 'GEOSITE'],
  ...['IP-SUFFIX', 'IP-ASN', 'GEOIP', 'SRC-IP-SUFFIX', 'SRC-IP-ASN', 'SRC-GEOIP'],
  ...['IN-PORT', 'IN-TYPE', 'IN-USER', 'IN-NAME', 'UID', 'DSCP', 'ZONE'],
  ...['PROCESS-NAME', 'PROCESS-NAME-WILDCARD', 'PROCESS-NAME-REGEX'],
  ...['PROCESS-PATH', 'PROCESS-PATH-WILDCARD', 'PROCESS-PATH-REGEX'],
  ...['RULE-SET', 'AND', 'OR', 'NOT', 'SUB-RULE'],
]);

/** Types whose payload may contain commas, so that the target is the last field and flags are none. */
export const commaTypes: ReadonlySet<string> = new Set([
  ...['AND', 'OR', 'NOT', 'SUB-RULE'],
  ...['DOMAIN-REGEX', 'PROCESS-NAME-REGEX', 'PROCESS-PATH-REGEX'],
]);

function parseDomain(payload: string): Parsed<Condition> {
  const domain = normalizeDomain(payload);
  if (domain === null) return notADomain(payload);
  return { ok: true, value: { kind: 'domain', domain } };
}

function parseSuffix(payload: string): Parsed<Condition> {
  const suffix = normalizeDomain(payload);
  if (suffix === null) return notADomain(payload);
  return { ok: true, value: { kind: 'domain-suffix', suffix } };
}

function notADomain(payload: string): Parsed<Condition> {
  const bare = payload.replace(/^(\*\.|\+\.|\.)/, '');
  let hint = '';
  if (parseIp(payload) !== null) hint = ': write IP-CIDR with a prefix length for an address';
  else if (bare !== payload && normalizeDomain(bare) !== null) {
    hint = `: DOMAIN-SUFFIX,${bare} matches it and everything below it`;
  }
  return { ok: false, reason: `${quote(payload)} is not a domain name${hint}` };
}

function parseKeyword(payload: string): Parsed<Condition> {
  const keyword = toAsciiDomain(payload);
  if (!/^[a-z0-9_.-]+$/.test(keyword)) {
    return { ok: false, reason: `${quote(payload)} cannot be part of a domain name` };
  }
  return { ok: true, value: { kind: 'domain-keyword', keyword } };
}

function parseIpCidr(payload: string, flags: Flags): Parsed<Condition> {
  const prefix = parsePrefix(payload);
  if (!prefix.ok) return prefix;
  return {
    ok: true,
    value: flags.src
      ? { kind: 'src-ip', prefix: prefix.value }
      : { kind: 'dst-ip', prefix: prefix.value, noResolve: flags.noResolve },
  };
}

function parsePorts(payload: string, kind: 'dst-port' | 'src-port'): Parsed<Condition> {
  const ranges: PortRange[] = [];
  for (const part of payload.split('/')) {
    const match = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(part.trim());
    const first = Number(match?.[1] ?? NaN);
    const last = Number(match?.[2] ?? first);
    if (!(first <= 65535 && last <= 65535)) {
      const form = 'write a port (80), a range (8000-9000) or several with / between them';
      return { ok: false, reason: `${quote(part)} is not a port from 0 to 65535: ${form}` };
    }
    ranges.push({ first: Math.min(first, last), last: Math.max(first, last) });
  }
  return { ok: true, value: { kind, ranges } };
}

function parseNetwork(payload: string): Parsed<Condition> {
  const network = payload.toLowerCase();
  if (network !== 'tcp' && network !== 'udp') {
    return { ok: false, reason: `${quote(payload)} is not a network: write tcp or udp` };
  }
  return { ok: true, value: { kind: 'network', network } };
}
