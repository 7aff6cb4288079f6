/** What of a flow must be found out before a condition can be asked. */
import type { Condition } from './rule.ts';
import { NEED_DOMAIN, NEED_IP, NEED_PROCESS } from './verdict.ts';
import type { Verdict } from './verdict.ts';

/** Of one condition that is not made of others, as `NEED_` bits; rule sets may need anything. */
export function needsOf(condition: Condition): Verdict {
  switch (condition.kind) {
    case 'domain':
    case 'domain-suffix':
    case 'domain-keyword':
    case 'domain-pattern':
    case 'geosite':
      return NEED_DOMAIN;
    case 'ip-cidr':
    case 'ip-suffix':
    case 'geoip':
    case 'ip-asn':
      return condition.src || condition.noResolve ? 0 : NEED_IP;
    case 'process':
    case 'process-pattern':
    case 'uid':
      return NEED_PROCESS;
    case 'rule-set':
      return NEED_DOMAIN | NEED_IP | NEED_PROCESS;
    case 'port':
    case 'inbound':
    case 'network':
    case 'dscp':
    case 'zone':
    case 'and':
    case 'or':
    case 'not':
    case 'sub-rule':
    case 'always':
    case 'never':
      return 0;
  }
}

/** Whether the outcome may depend on the destination's address, if it is known. */
export function comparesAddress(condition: Condition): boolean {
  if (condition.kind === 'and' || condition.kind === 'or') {
    return condition.members.some((member) => comparesAddress(member.condition));
  }
  if (condition.kind === 'not') return comparesAddress(condition.member.condition);
  // Its list may.
  if (condition.kind === 'sub-rule') return true;
  return 'noResolve' in condition && !condition.src;
}
