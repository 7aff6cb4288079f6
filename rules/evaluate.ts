/**
 * One condition asked about one flow, without any index: what logic rules, rule sets and the rest
 * that no index holds are decided by, and what the indexes must agree with.
 */
import { inRanges } from './number-ranges.ts';
import type { FlowFacts } from './flow-facts.ts';
import { isLanIp, prefixContains, suffixMatches } from './ip.ts';
import type { Ip } from './ip.ts';
import type { AddressFlags, Clause, Condition } from './rule.ts';
import type { RuleContext } from './rule-set.ts';
import { foldCase } from './text.ts';
import { and, negate, NEED_DOMAIN, NEED_IP, NEED_PROCESS, NO, or, YES } from './verdict.ts';
import type { Verdict } from './verdict.ts';

/**
 * An address that is `undefined` in the facts is no address to a `no-resolve` condition; SUB-RULE
 * answers for its own condition alone. Allocates nothing.
 */
export function evaluate(condition: Condition, facts: FlowFacts, context: RuleContext): Verdict {
  switch (condition.kind) {
    case 'domain':
    case 'domain-suffix':
    case 'domain-keyword':
    case 'domain-pattern':
    case 'geosite': {
      const { domain } = facts;
      if (domain === null) return NO;
      if (domain === undefined) return NEED_DOMAIN;
      return yes(matchesDomain(condition, domain, context));
    }
    case 'ip-cidr':
    case 'ip-suffix':
    case 'geoip':
    case 'ip-asn': {
      const ip = addressOf(condition, facts);
      if (ip === null) return NO;
      if (ip === undefined) return condition.noResolve ? NO : NEED_IP;
      return yes(matchesIp(condition, ip, context));
    }
    case 'process':
    case 'process-pattern':
    case 'uid': {
      const owner = facts.process;
      if (owner === null) return NO;
      if (owner === undefined) return NEED_PROCESS;
      if (condition.kind === 'uid') {
        return yes(owner.uid !== null && inRanges(condition.ranges, owner.uid));
      }
      const text = foldCase(owner[condition.field]);
      if (condition.kind === 'process') return yes(text === condition.text);
      return yes(condition.pattern.test(text));
    }
    case 'port': {
      const { of, ranges } = condition;
      if (of === 'dst') return yes(inRanges(ranges, facts.dstPort));
      return yes(inRanges(ranges, of === 'src' ? facts.srcPort : facts.inbound.port));
    }
    case 'inbound':
      return yes(condition.values.includes(facts.inbound[condition.field]));
    case 'network':
      return yes(facts.network === condition.network);
    case 'dscp':
      return yes(inRanges(condition.ranges, facts.dscp));
    case 'zone':
      return yes(condition.zones.includes(facts.zone));
    case 'rule-set': {
      const set = context.ruleSets.get(condition.name)?.current ?? null;
      return set === null ? NO : set.test(facts, condition);
    }
    case 'and':
      return every(condition.members, facts, context);
    case 'or':
      return some(condition.members, facts, context);
    case 'not':
      return negate(evaluate(condition.member.condition, facts, context));
    case 'sub-rule':
      return evaluate(condition.when.condition, facts, context);
    case 'always':
      return YES;
    case 'never':
      return NO;
  }
}

function every(members: readonly Clause[], facts: FlowFacts, context: RuleContext): Verdict {
  let all: Verdict = YES;
  for (const { condition } of members) {
    all = and(all, evaluate(condition, facts, context));
    if (all === NO) return NO;
  }
  return all;
}

function some(members: readonly Clause[], facts: FlowFacts, context: RuleContext): Verdict {
  let any: Verdict = NO;
  for (const { condition } of members) {
    any = or(any, evaluate(condition, facts, context));
    if (any === YES) return YES;
  }
  return any;
}

type DomainCondition = Extract<
  Condition,
  { kind: 'domain' | 'domain-suffix' | 'domain-keyword' | 'domain-pattern' | 'geosite' }
>;

export function matchesDomain(
  condition: DomainCondition,
  domain: string,
  context: RuleContext,
): boolean {
  switch (condition.kind) {
    case 'domain':
      return domain === condition.domain;
    case 'domain-suffix': {
      const { suffix } = condition;
      if (!domain.endsWith(suffix)) return false;
      const before = domain.length - suffix.length - 1;
      return before < 0 || domain.charCodeAt(before) === DOT;
    }
    case 'domain-keyword':
      return domain.includes(condition.keyword);
    case 'domain-pattern':
      return condition.pattern.test(domain);
    case 'geosite': {
      const set = context.geosite(condition.code)?.current ?? null;
      // As in mihomo, a list that does not exist contains nothing, turned around or not.
      return set !== null && set.hasDomain(domain) !== condition.negated;
    }
  }
}

type IpCondition = Extract<Condition, { kind: 'ip-cidr' | 'ip-suffix' | 'geoip' | 'ip-asn' }>;

function matchesIp(condition: IpCondition, ip: Ip, context: RuleContext): boolean {
  switch (condition.kind) {
    case 'ip-cidr':
      return prefixContains(condition.prefix, ip);
    case 'ip-suffix':
      return suffixMatches(condition.suffix, ip);
    case 'geoip': {
      const inside =
        condition.code === 'lan' ? isLanIp(ip) : context.geoip(ip).includes(condition.code);
      return inside !== condition.negated;
    }
    case 'ip-asn':
      return context.asn(ip) === condition.asn;
  }
}

/** Null: there is none; undefined: nobody has looked yet. */
function addressOf(flags: AddressFlags, facts: FlowFacts): Ip | null | undefined {
  return flags.src ? facts.srcIp : facts.dstIp;
}

function yes(matched: boolean): Verdict {
  return matched ? YES : NO;
}

const DOT = 0x2e;
