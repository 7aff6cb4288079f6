/** The rule types, and how the payload of each is read. One entry here is one type of the language. */
import { parseInboundTypes, parseNames, parseZones } from './name-lists.ts';
import { normalizeDomain, toAsciiDomain } from './domain.ts';
import { parseIp, parsePrefix, parseSuffix } from './ip.ts';
import { parseRanges } from './number-ranges.ts';
import type { Parsed } from './parsed.ts';
import type { AddressFlags, Condition, PortOf, ProcessField } from './rule.ts';
import { foldCase, quote } from './text.ts';
import { parseRegex, parseWildcard } from './text-pattern.ts';
import type { TextPattern } from './text-pattern.ts';

type PayloadParser = (payload: string, flags: AddressFlags) => Parsed<Condition>;

const source: AddressFlags = { src: true, noResolve: true };

/** Each type but those made of other rules. A payload that mihomo refuses is an error here too. */
export const ruleTypes: ReadonlyMap<string, PayloadParser> = new Map<string, PayloadParser>([
  ['DOMAIN', parseDomain],
  ['DOMAIN-SUFFIX', parseDomainSuffix],
  ['DOMAIN-KEYWORD', parseKeyword],
  ['DOMAIN-WILDCARD', (payload) => onDomain(parseWildcard(asciiPattern(payload)))],
  ['DOMAIN-REGEX', (payload) => onDomain(parseRegex(payload))],
  ['GEOSITE', parseGeosite],
  ['IP-CIDR', parseIpCidr],
  ['IP-CIDR6', parseIpCidr],
  ['IP-SUFFIX', parseIpSuffix],
  ['IP-ASN', parseAsn],
  ['GEOIP', parseGeoip],
  ['SRC-IP-CIDR', (payload) => parseIpCidr(payload, source)],
  ['SRC-IP-SUFFIX', (payload) => parseIpSuffix(payload, source)],
  ['SRC-IP-ASN', (payload) => parseAsn(payload, source)],
  ['SRC-GEOIP', (payload) => parseGeoip(payload, source)],
  ['DST-PORT', (payload) => parsePorts(payload, 'dst')],
  ['SRC-PORT', (payload) => parsePorts(payload, 'src')],
  ['IN-PORT', (payload) => parsePorts(payload, 'in')],
  ['IN-TYPE', (payload) => onInbound('type', parseInboundTypes(payload))],
  ['IN-USER', (payload) => onInbound('user', parseNames(payload))],
  ['IN-NAME', (payload) => onInbound('name', parseNames(payload))],
  ['PROCESS-NAME', (payload) => onProcess('name', payload)],
  ['PROCESS-NAME-WILDCARD', (payload) => onProcessPattern('name', parseWildcard(payload))],
  ['PROCESS-NAME-REGEX', (payload) => onProcessPattern('name', parseRegex(payload))],
  ['PROCESS-PATH', (payload) => onProcess('path', payload)],
  ['PROCESS-PATH-WILDCARD', (payload) => onProcessPattern('path', parseWildcard(payload))],
  ['PROCESS-PATH-REGEX', (payload) => onProcessPattern('path', parseRegex(payload))],
  ['UID', (payload) => onRanges('uid', parseRanges(payload, 'user number', 0xffff_ffff))],
  ['NETWORK', parseNetwork],
  ['DSCP', (payload) => onRanges('dscp', parseRanges(payload, 'DSCP value', 63))],
  ['ZONE', parseZone],
  ['RULE-SET', (name, flags) => ({ ok: true, value: { kind: 'rule-set', name, ...flags } })],
  ['MATCH', () => ({ ok: true, value: { kind: 'always' } })],
]);

/** Types whose payload is made of other rules. */
export const logicTypes: ReadonlySet<string> = new Set(['AND', 'OR', 'NOT', 'SUB-RULE']);

/** Types whose payload may contain commas, so that the target is the last field and flags are none. */
export const commaTypes: ReadonlySet<string> = new Set([
  ...logicTypes,
  ...['DOMAIN-REGEX', 'PROCESS-NAME-REGEX', 'PROCESS-PATH-REGEX'],
]);

function parseDomain(payload: string): Parsed<Condition> {
  const domain = normalizeDomain(payload);
  if (domain === null) return notADomain(payload);
  return { ok: true, value: { kind: 'domain', domain } };
}

function parseDomainSuffix(payload: string): Parsed<Condition> {
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

/** Labels that are not ASCII and have no wildcard in them become what goes over the wire. */
function asciiPattern(payload: string): string {
  const labels = payload.split('.');
  return labels.map((label) => (/[*?]/.test(label) ? label : toAsciiDomain(label))).join('.');
}

function onDomain(pattern: Parsed<TextPattern>): Parsed<Condition> {
  if (!pattern.ok) return pattern;
  return { ok: true, value: { kind: 'domain-pattern', pattern: pattern.value } };
}

function parseGeosite(payload: string): Parsed<Condition> {
  const { code, negated } = codeOf(payload);
  if (!/^[a-z0-9_.!@-]+$/.test(code)) {
    return { ok: false, reason: `${quote(payload)} is not the name of a GEOSITE list` };
  }
  return { ok: true, value: { kind: 'geosite', code, negated } };
}

function parseGeoip(payload: string, flags: AddressFlags): Parsed<Condition> {
  const { code, negated } = codeOf(payload);
  if (!/^[a-z0-9_-]+$/.test(code)) {
    return { ok: false, reason: `${quote(payload)} is not a country code, such as CN` };
  }
  return { ok: true, value: { kind: 'geoip', code, negated, ...flags } };
}

/** `!` before a code turns it around, as in mihomo. */
function codeOf(payload: string): { code: string; negated: boolean } {
  const negated = payload.startsWith('!');
  return { code: payload.slice(negated ? 1 : 0).toLowerCase(), negated };
}

function parseIpCidr(payload: string, flags: AddressFlags): Parsed<Condition> {
  const prefix = parsePrefix(payload);
  if (!prefix.ok) return prefix;
  return { ok: true, value: { kind: 'ip-cidr', prefix: prefix.value, ...flags } };
}

function parseIpSuffix(payload: string, flags: AddressFlags): Parsed<Condition> {
  const suffix = parseSuffix(payload);
  if (!suffix.ok) return suffix;
  return { ok: true, value: { kind: 'ip-suffix', suffix: suffix.value, ...flags } };
}

function parseAsn(payload: string, flags: AddressFlags): Parsed<Condition> {
  const asn = /^[0-9]{1,10}$/.test(payload) ? Number(payload) : NaN;
  if (!(asn >= 1 && asn <= 0xffff_ffff)) {
    const form = 'write its number alone, as in 13335';
    return { ok: false, reason: `${quote(payload)} is not an autonomous system: ${form}` };
  }
  return { ok: true, value: { kind: 'ip-asn', asn, ...flags } };
}

function parsePorts(payload: string, of: PortOf): Parsed<Condition> {
  const ranges = parseRanges(payload, 'port', 65535);
  return ranges.ok ? { ok: true, value: { kind: 'port', of, ranges: ranges.value } } : ranges;
}

function onRanges(kind: 'uid' | 'dscp', ranges: ReturnType<typeof parseRanges>): Parsed<Condition> {
  return ranges.ok ? { ok: true, value: { kind, ranges: ranges.value } } : ranges;
}

function onInbound(
  field: 'type' | 'name' | 'user',
  values: Parsed<readonly string[]>,
): Parsed<Condition> {
  return values.ok ? { ok: true, value: { kind: 'inbound', field, values: values.value } } : values;
}

function onProcess(field: ProcessField, payload: string): Parsed<Condition> {
  return { ok: true, value: { kind: 'process', field, text: foldCase(payload) } };
}

function onProcessPattern(field: ProcessField, pattern: Parsed<TextPattern>): Parsed<Condition> {
  if (!pattern.ok) return pattern;
  return { ok: true, value: { kind: 'process-pattern', field, pattern: pattern.value } };
}

function parseNetwork(payload: string): Parsed<Condition> {
  const network = payload.toLowerCase();
  if (network !== 'tcp' && network !== 'udp') {
    return { ok: false, reason: `${quote(payload)} is not a network: write tcp or udp` };
  }
  return { ok: true, value: { kind: 'network', network } };
}

function parseZone(payload: string): Parsed<Condition> {
  const zones = parseZones(payload);
  return zones.ok ? { ok: true, value: { kind: 'zone', zones: zones.value } } : zones;
}
