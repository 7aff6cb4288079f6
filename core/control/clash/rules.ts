/** `/rules`: the rules in Clash's shape. */
import type { Policy } from '../../engine/policy.ts';
import { RequestError } from '../http.ts';
import { bodyFields } from './context.ts';
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

const NEVER = '0001-01-01T00:00:00Z';

const list: ClashHandler = ({ service: { policy } }) => ({
  rules: policy.config.rules.map(({ type, payload, target }, index) => ({
    type: clashRuleType(type),
    payload,
    proxy: target,
    size: type === 'GEOSITE' ? (policy.rules.context.geosite(payload)?.current?.size ?? 0) : -1,
    index,
    extra: extraOf(policy, index),
  })),
});

/** Misses are not counted: rules are found by indexes, and most are never looked at. */
function extraOf({ hits, disabled }: Policy, index: number): object {
  const { count = 0, at = 0 } = hits.get(index) ?? {};
  return {
    disabled: disabled.has(index),
    hitCount: count,
    hitAt: at === 0 ? NEVER : new Date(at).toISOString(),
    missCount: 0,
    missAt: NEVER,
  };
}

/** By index. As in mihomo it lasts until the next configuration; new flows go by it. */
const disable: ClashHandler = ({ service: { policy }, body }) => {
  const changes = Object.entries(bodyFields(body)).map(([key, value]) => {
    const index = /^[0-9]{1,9}$/.test(key) ? Number(key) : -1;
    if (policy.config.rules[index] === undefined || typeof value !== 'boolean') {
      throw new RequestError(400, 'ERR_REQUEST_INVALID', 'Body invalid');
    }
    return [index, value] as const;
  });
  for (const [index, isDisabled] of changes) policy.setDisabled(index, isDisabled);
};

export const ruleRoutes: Readonly<Record<string, ClashHandler>> = {
  'GET /rules': list,
  'PATCH /rules/disable': disable,
};
