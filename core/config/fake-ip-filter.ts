/**
 * The keys `dns.fake-ip-filter` and `dns.fake-ip-filter-mode`: names that get their true addresses,
 * or the only ones that do not. Three notations become one list of decisions.
 */
import { quote } from '../../rules/text.ts';
import type { DnsConfig, FakeIpFilterEntry, NamePattern } from './dns-config.ts';
import { list } from './fields.ts';
import type { Reader } from './fields.ts';
import { namePatterns, normalizePattern } from './name-pattern.ts';
import type { Problems } from './problems.ts';
import type { Value } from './value.ts';

type FakeIpFilter = Pick<DnsConfig, 'fakeIpFilter' | 'fakeByDefault'>;

/**
 * Names that are about this network, not about the internet, and those by which systems find out
 * whether they are online.
 */
export const DEFAULT_REAL = [
  ...['+.lan', '+.local', '+.home.arpa', '+.localdomain'],
  ...['dns.msftncsi.com', 'www.msftncsi.com', 'www.msftconnecttest.com'],
];

const RULE_EXPECTED = 'a rule, such as DOMAIN-SUFFIX,example.com,real-ip or MATCH,fake-ip';

export function readFakeIpFilter(
  value: Value | null,
  mode: 'blacklist' | 'whitelist' | 'rule',
  problems: Problems,
): FakeIpFilter {
  if (mode === 'rule') {
    const entries = value === null ? [] : (list(rule)(value, 'dns.fake-ip-filter', problems) ?? []);
    return { fakeIpFilter: entries, fakeByDefault: true };
  }
  const isBlacklist = mode === 'blacklist';
  const decide = (pattern: NamePattern): FakeIpFilterEntry => ({ pattern, fake: !isBlacklist });
  if (value === null) {
    const real = isBlacklist ? DEFAULT_REAL : [];
    const entries = real.map((pattern) => decide({ kind: 'domain', pattern }));
    return { fakeIpFilter: entries, fakeByDefault: isBlacklist };
  }
  const patterns = list(namePatterns)(value, 'dns.fake-ip-filter', problems) ?? [];
  return { fakeIpFilter: patterns.flat().map(decide), fakeByDefault: isBlacklist };
}

/** `TYPE,payload,fake-ip` or `...,real-ip`, the notation of the mode `rule`. */
const rule: Reader<FakeIpFilterEntry> = (value, name, problems) => {
  const entry = value.kind === 'scalar' ? parseRule(value.text) : undefined;
  if (entry === undefined) {
    const shown = value.kind === 'scalar' ? quote(value.text) : `a ${value.kind}`;
    problems.error('value-invalid', value.offset, `${name} must be ${RULE_EXPECTED}, not ${shown}`);
  }
  return entry;
};

function parseRule(text: string): FakeIpFilterEntry | undefined {
  const parts = text.split(',').map((part) => part.trim());
  const target = parts.pop();
  const [type = '', payload = '', ...rest] = parts;
  if ((target !== 'fake-ip' && target !== 'real-ip') || rest.length > 0) return undefined;
  const fake = target === 'fake-ip';
  if (type === 'MATCH') return parts.length === 1 ? { pattern: null, fake } : undefined;
  const pattern = patternOf(type, payload);
  return pattern === undefined ? undefined : { pattern, fake };
}

function patternOf(type: string, payload: string): NamePattern | undefined {
  if (payload === '') return undefined;
  const domain = (text: string): NamePattern | undefined => {
    const pattern = normalizePattern(text);
    return pattern === undefined ? undefined : { kind: 'domain', pattern };
  };
  switch (type) {
    case 'DOMAIN':
      return /[*+]/.test(payload) ? undefined : domain(payload);
    case 'DOMAIN-SUFFIX':
      return domain(`+.${payload}`);
    case 'GEOSITE':
      return { kind: 'geosite', name: payload.toLowerCase() };
    case 'RULE-SET':
      return { kind: 'rule-set', name: payload };
    default:
      return undefined;
  }
}
