/** What one condition compared, and why it came out so, in words. */
import { evaluate, matchesDomain } from './evaluate.ts';
import type { FlowFacts } from './flow-facts.ts';
import { formatIp, formatPrefix, isLanIp } from './ip.ts';
import type { Ip } from './ip.ts';
import { formatRanges } from './number-ranges.ts';
import { formatClause } from './parse-rule.ts';
import { membersOf } from './rule.ts';
import type { AddressFlags, Clause, Condition, NumberRange } from './rule.ts';
import type { RuleContext, SetEntry } from './rule-set.ts';
import { NEED_DOMAIN, NEED_IP, NEED_PROCESS, NO, YES } from './verdict.ts';
import type { Verdict } from './verdict.ts';
import { formatCount } from './text.ts';

export type Result = 'matched' | 'missed' | 'undecided';
export type Need = 'process' | 'domain' | 'ip';

export interface Judgement {
  /** `undecided`: it depends on something that is not known. */
  readonly result: Result;
  /** What was compared and why it came out so, in plain words without a full stop. */
  readonly reason: string;
  /** What must be known first where it is undecided. */
  readonly needs: readonly Need[];
  /** The entry of a rule set that the flow met; null: there is none to name. */
  readonly entry: SetEntry | null;
  /** Of logic rules: each member by itself, in order. */
  readonly members: readonly JudgedClause[];
}

export interface JudgedClause extends Judgement {
  /** As it would be written. */
  readonly text: string;
}

export function judge(condition: Condition, facts: FlowFacts, context: RuleContext): Judgement {
  const verdict = evaluate(condition, facts, context);
  const members = membersOf(condition).map((member) => judgeClause(member, facts, context));
  return {
    result: verdict === YES ? 'matched' : verdict === NO ? 'missed' : 'undecided',
    reason: reasonOf(condition, facts, context, verdict),
    needs: needsIn(verdict),
    entry: verdict === YES ? entryOf(condition, facts, context) : null,
    members,
  };
}

/** The bits of a verdict as names, in the order in which they are asked for. */
function needsIn(verdict: Verdict): Need[] {
  const needs: Need[] = [];
  if ((verdict & NEED_PROCESS) !== 0) needs.push('process');
  if ((verdict & NEED_DOMAIN) !== 0) needs.push('domain');
  if ((verdict & NEED_IP) !== 0) needs.push('ip');
  return needs;
}

function judgeClause(clause: Clause, facts: FlowFacts, context: RuleContext): JudgedClause {
  return { text: formatClause(clause), ...judge(clause.condition, facts, context) };
}

function entryOf(condition: Condition, facts: FlowFacts, context: RuleContext): SetEntry | null {
  if (condition.kind === 'rule-set') {
    return context.ruleSets.get(condition.name)?.current?.find(facts, condition) ?? null;
  }
  if (condition.kind !== 'geosite' || condition.negated) return null;
  const flags: AddressFlags = { src: false, noResolve: true };
  return context.geosite(condition.code)?.current?.find(facts, flags) ?? null;
}

function reasonOf(
  condition: Condition,
  facts: FlowFacts,
  context: RuleContext,
  verdict: Verdict,
): string {
  const matched = verdict === YES;
  switch (condition.kind) {
    case 'domain':
    case 'domain-suffix':
    case 'domain-keyword':
    case 'domain-pattern':
    case 'geosite':
      return reasonOfDomain(condition, facts.domain, context);
    case 'ip-cidr':
    case 'ip-suffix':
    case 'geoip':
    case 'ip-asn':
      return reasonOfAddress(condition, facts, context, matched);
    case 'process':
    case 'process-pattern':
    case 'uid':
      return reasonOfProcess(condition, facts, matched);
    case 'port': {
      const { of, ranges } = condition;
      if (of === 'dst') return comparison('port', facts.dstPort, ranges, matched);
      if (of === 'src') return comparison('source port', facts.srcPort, ranges, matched);
      return comparison('the port it came in through', facts.inbound.port, ranges, matched);
    }
    case 'inbound': {
      const found = facts.inbound[condition.field];
      const what = { type: 'it came in through', name: 'the listener is', user: 'the user is' };
      return `${what[condition.field]} ${found === '' ? 'none' : found}`;
    }
    case 'network':
      return `the flow is ${facts.network}`;
    case 'dscp':
      return comparison('DSCP', facts.dscp, condition.ranges, matched);
    case 'zone':
      return `it comes from the zone ${facts.zone}`;
    case 'rule-set':
      return reasonOfSet(condition.name, context, verdict);
    case 'and':
      return `${count(condition.members, facts, context)} of ${condition.members.length} match, and all must`;
    case 'or':
      return `${count(condition.members, facts, context)} of ${condition.members.length} match, and one must`;
    case 'not':
      return verdict > YES
        ? 'what it turns around is undecided'
        : `what it turns around ${matched ? 'does not match' : 'matches'}`;
    case 'sub-rule':
      return matched ? 'its condition matches' : 'its condition does not match';
    case 'always':
      return 'matches everything';
    case 'never':
      return 'this rule never matches, as `sluice check` warns';
  }
}

type Kind<K extends Condition['kind']> = Extract<Condition, { kind: K }>;

function reasonOfDomain(
  condition: Kind<'domain' | 'domain-suffix' | 'domain-keyword' | 'domain-pattern' | 'geosite'>,
  domain: string | null | undefined,
  context: RuleContext,
): string {
  if (domain === undefined) return 'the domain is not known yet';
  if (domain === null) return 'the domain is unknown';
  const matched = matchesDomain(condition, domain, context);
  switch (condition.kind) {
    case 'domain':
      return `${domain} is ${not(matched)}${condition.domain}`;
    case 'domain-suffix':
      return `${domain} is ${not(matched)}${condition.suffix} or below it`;
    case 'domain-keyword':
      return `${domain} ${matched ? 'contains' : 'does not contain'} ${condition.keyword}`;
    case 'domain-pattern':
      return `${domain} ${matched ? 'matches' : 'does not match'} ${condition.pattern.source}`;
    case 'geosite': {
      const { code, negated } = condition;
      if ((context.geosite(code)?.current ?? null) === null) return `there is no data for ${code}`;
      return `${domain} is ${not(matched !== negated)}in the list ${code}`;
    }
  }
}

function reasonOfAddress(
  condition: Kind<'ip-cidr' | 'ip-suffix' | 'geoip' | 'ip-asn'>,
  facts: FlowFacts,
  context: RuleContext,
  matched: boolean,
): string {
  const ip = condition.src ? facts.srcIp : facts.dstIp;
  if (ip === null) return 'the destination has no known address';
  if (ip === undefined) {
    if (!condition.noResolve) return 'the name is not resolved yet';
    return 'no-resolve, and no rule before it has the name resolved';
  }
  const what = `${condition.src ? 'source' : 'destination'} ${formatIp(ip)}`;
  switch (condition.kind) {
    case 'ip-cidr':
      return `${what} is ${not(matched)}in ${formatPrefix(condition.prefix)}`;
    case 'ip-suffix': {
      const { suffix } = condition;
      const end = `the last ${suffix.length} bits of ${formatIp(suffix.ip)}`;
      return `${what} ${matched ? 'ends' : 'does not end'} in ${end}`;
    }
    case 'geoip':
      return `${what} ${countryOf(condition.code, ip, context)}`;
    case 'ip-asn': {
      const asn = context.asn(ip);
      return `${what} is ${asn === 0 ? 'in no known system' : `in AS${asn}`}`;
    }
  }
}

function countryOf(code: string, ip: Ip, context: RuleContext): string {
  if (code === 'lan') return isLanIp(ip) ? 'is a local one' : 'is not a local one';
  const codes = context.geoip(ip);
  return codes.length === 0 ? 'is of no known country' : `is of ${codes.join(', ').toUpperCase()}`;
}

function reasonOfProcess(
  condition: Kind<'process' | 'process-pattern' | 'uid'>,
  { process }: FlowFacts,
  matched: boolean,
): string {
  if (process === undefined) return 'nobody has looked for the program yet';
  if (process === null) return 'the program is unknown';
  if (condition.kind === 'uid') {
    if (process.uid === null) return 'the user is unknown';
    return comparison('the user', process.uid, condition.ranges, matched);
  }
  const found = condition.field === 'name' ? process.name : process.path;
  const shown = found === '' ? 'unknown' : found;
  if (condition.kind === 'process') return `the program's ${condition.field} is ${shown}`;
  const verb = matched ? 'matches' : 'does not match';
  return `the program's ${condition.field} ${shown} ${verb} ${condition.pattern.source}`;
}

function reasonOfSet(name: string, context: RuleContext, verdict: Verdict): string {
  const set = context.ruleSets.get(name)?.current ?? null;
  if (set === null) return `the rule set ${name} is not loaded`;
  if (verdict > YES) {
    const words = { process: 'the program', domain: 'the domain', ip: 'the address of the name' };
    const needs = needsIn(verdict).map((need) => words[need]);
    return `the rule set ${name} needs ${needs.join(' and ')}`;
  }
  return `it is ${not(verdict === YES)}in the rule set ${name} (${formatCount(set.size, 'entry', 'entries')})`;
}

function count(members: readonly Clause[], facts: FlowFacts, context: RuleContext): number {
  return members.filter(({ condition }) => evaluate(condition, facts, context) === YES).length;
}

function comparison(
  what: string,
  value: number,
  ranges: readonly NumberRange[],
  matched: boolean,
): string {
  const list = formatRanges(ranges);
  const preposition = /[-/]/.test(list) ? 'in ' : '';
  return `${what} ${value} is ${not(matched)}${preposition}${list}`;
}

function not(matched: boolean): string {
  return matched ? '' : 'not ';
}
