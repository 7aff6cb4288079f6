/** The key `sniffer:`. Names, defaults and meanings are mihomo's. */
import type { IpPrefix } from '../../rules/ip.ts';
import { parsePrefix } from '../../rules/ip.ts';
import type { NumberRange } from '../../rules/rule.ts';
import { quote } from '../../rules/text.ts';
import type { NamePattern } from './dns-config.ts';
import type { Reader } from './fields.ts';
import { boolean, list, map, optional, readSection, scalar } from './fields.ts';
import { PATTERN_EXPECTED, parsePatterns } from './name-pattern.ts';
import type { Problems } from './problems.ts';
import type { SniffedProtocol, SnifferConfig } from './sniffer-config.ts';
import type { MapValue } from './value.ts';

const emptyMap: MapValue = { kind: 'map', entries: new Map(), offset: 0 };

/** Where each protocol is looked for unless its `ports` say otherwise. */
const usualPorts = { http: 80, tls: 443, quic: 443 } as const;
type Protocol = keyof typeof usualPorts;

/** Lists that people share have names of devices among the domains: those match nothing. */
const names: Reader<readonly NamePattern[]> = (value, name, problems) => {
  const text = value.kind === 'scalar' ? value.text : '';
  const patterns = parsePatterns(text);
  if (patterns !== undefined) return patterns;
  const message = `${name}: ${quote(text)} is not ${PATTERN_EXPECTED}: it matches nothing`;
  problems.warn('sniffer-name', value.offset, message);
  return [];
};

const prefixes: Reader<readonly IpPrefix[]> = (value, name, problems) => {
  const text = value.kind === 'scalar' ? value.text : '';
  if (/^(geoip|rule-set):/i.test(text)) {
    problems.warn('key-not-used-yet', value.offset, `${name}: sets of addresses are not used yet`);
    return [];
  }
  const parsed = parsePrefix(text);
  if (parsed.ok) return [parsed.value];
  problems.error('value-invalid', value.offset, `${name}: ${parsed.reason}`);
  return undefined;
};

const port = scalar('a port, or a range of ports such as 8080-8880', (text) => {
  const [, from = '', to = from] = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(text) ?? [];
  const range: NumberRange = { first: Number(from), last: Number(to) };
  const fits = from !== '' && range.first <= range.last && range.last <= 65535;
  return fits ? range : undefined;
});

export const snifferSection = {
  used: {
    enable: optional(boolean, false),
    'force-dns-mapping': optional(boolean, true),
    'parse-pure-ip': optional(boolean, true),
    'override-destination': optional(boolean, true),
    sniff: optional(map, emptyMap),
    'force-domain': optional(list(names), []),
    'skip-domain': optional(list(names), []),
    'skip-src-address': optional(list(prefixes), []),
    'skip-dst-address': optional(list(prefixes), []),
  },
  ignored: {
    sniffing: 'list the protocols below sniff, as in sniff: {TLS: {ports: [443]}}',
    'port-whitelist': 'list the ports of each protocol below sniff',
  },
};

export const sniffedProtocolSection = {
  used: {
    ports: optional(list(port), []),
    'override-destination': optional(boolean, null as boolean | null),
  },
};

/** Null where the key is absent. */
export function readSniffer(map: MapValue | null, problems: Problems): SnifferConfig | null {
  if (map === null) return null;
  const fields = readSection(map, 'sniffer', snifferSection, problems);
  return {
    enable: fields.enable,
    forceDnsMapping: fields['force-dns-mapping'],
    parsePureIp: fields['parse-pure-ip'],
    protocols: readProtocols(fields.sniff, fields['override-destination'], problems),
    forceDomain: fields['force-domain'].flat(),
    skipDomain: fields['skip-domain'].flat(),
    skipSrcAddress: fields['skip-src-address'].flat(),
    skipDstAddress: fields['skip-dst-address'].flat(),
  };
}

function readProtocols(sniff: MapValue, override: boolean, problems: Problems): SniffedProtocol[] {
  const found: SniffedProtocol[] = [];
  for (const [key, { value, keyOffset }] of sniff.entries) {
    const protocol = key.toLowerCase();
    const path = `sniffer.sniff.${key}`;
    if (!isProtocol(protocol)) {
      problems.error('value-invalid', keyOffset, `${path}: only HTTP, TLS and QUIC can be sniffed`);
      continue;
    }
    const inner = value.kind === 'null' ? emptyMap : map(value, path, problems);
    if (inner === undefined) continue;
    const fields = readSection(inner, path, sniffedProtocolSection, problems);
    const usual = usualPorts[protocol];
    found.push({
      protocol,
      ports: fields.ports.length === 0 ? [{ first: usual, last: usual }] : fields.ports,
      overrideDestination: fields['override-destination'] ?? override,
    });
  }
  return found;
}

function isProtocol(name: string): name is Protocol {
  return Object.hasOwn(usualPorts, name);
}
