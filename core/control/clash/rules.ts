/** `/rules`: the rules in Clash's shape. */
import { notHere } from './context.ts';
import type { ClashHandler } from './context.ts';

/** Words that are not simply capitalised. */
const WORDS: Readonly<Record<string, string>> = {
  AND: 'AND',
  ASN: 'ASN',
  CIDR: 'CIDR',
  CIDR6: 'CIDR',
  DSCP: 'DSCP',
  GEOIP: 'GeoIP',
  GEOSITE: 'GeoSite',
  IP: 'IP',
  NOT: 'NOT',
  OR: 'OR',
};

/** mihomo's name of a type: `DOMAIN-SUFFIX` is DomainSuffix, `SRC-IP-CIDR` SrcIPCIDR. */
export function clashRuleType(type: string): string {
  if (type === 'SUB-RULE') return 'SubRules';
  return type
    .split('-')
    .map((word) => WORDS[word] ?? `${word.slice(0, 1)}${word.slice(1).toLowerCase()}`)
    .join('');
}

/** Nobody counts here: explanations say what a rule is for. */
const EXTRA = {
  disabled: false,
  hitCount: 0,
  hitAt: '0001-01-01T00:00:00Z',
  missCount: 0,
  missAt: '0001-01-01T00:00:00Z',
} as const;

const list: ClashHandler = ({ service }) => ({
  rules: service.policy.config.rules.map(({ type, payload, target }, index) => ({
    type: clashRuleType(type),
    payload,
    proxy: target,
    size: -1,
    index,
    extra: EXTRA,
  })),
});

export const ruleRoutes: Readonly<Record<string, ClashHandler>> = {
  'GET /rules': list,
  'PATCH /rules/disable': notHere(
    'Rules are disabled in the configuration file: "sluice rules disable" does it.',
  ),
};
