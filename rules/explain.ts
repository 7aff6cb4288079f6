/**
 * Why the rules decide as they do: walks the list as a person would read it. Slow by design and
 * off the data path; a property test holds it to the same decisions as `CompiledRules`.
 */
import type { FlowFacts } from './flow-facts.ts';
import type { Ip, IpPrefix } from './ip.ts';
import { formatIp, formatPrefix, prefixContains } from './ip.ts';
import type { Outcome } from './outcome.ts';
import { UNMATCHED_TARGET } from './compile.ts';
import { formatRule } from './parse-rule.ts';
import type { Condition, PortRange, Rule } from './rule.ts';
import { printable } from './text.ts';

export interface ExplainStep {
  readonly index: number;
  readonly rule: Rule;
  /** `undecided`: the rule asks for something that is not known yet. */
  readonly result: 'matched' | 'missed' | 'undecided';
  /** What was compared and why it came out so, in plain words without a full stop. */
  readonly reason: string;
}

export interface RuleExplanation {
  /** Every rule from the first to the one that matched, or all. */
  readonly steps: readonly ExplainStep[];
  /** The same as `CompiledRules.match` gives. */
  readonly outcome: Outcome;
}

type DomainCondition = Extract<Condition, { kind: 'domain' | 'domain-suffix' | 'domain-keyword' }>;
type DestinationCondition = Extract<Condition, { kind: 'dst-ip' }>;
type Verdict = Pick<ExplainStep, 'result' | 'reason'>;

export function explain(rules: readonly Rule[], facts: FlowFacts): RuleExplanation {
  const steps: ExplainStep[] = [];
  /** Whether a rule before this one would have had the name resolved. */
  let resolving = false;
  for (const [index, rule] of rules.entries()) {
    const { condition } = rule;
    if (condition.kind === 'dst-ip' && !condition.noResolve) resolving = true;
    const step = { index, rule, ...judge(rule, facts, resolving) };
    steps.push(step);
    if (step.result === 'matched') break;
  }
  return { steps, outcome: outcomeOf(steps) };
}

/** One line for each rule and one for the outcome, at most `limit` rules. */
export function formatExplanation(explanation: RuleExplanation, limit = 50): string {
  const { steps, outcome } = explanation;
  const marks = { matched: '+', missed: '-', undecided: '?' };
  const lines = steps.map(({ index, rule, result, reason }) => {
    const text = printable(formatRule(rule), 200);
    return `${marks[result]} ${index + 1}. ${text} (line ${rule.position.line}): ${reason}`;
  });
  if (lines.length > limit) {
    const hidden = lines.length - limit;
    lines.splice(0, hidden, `  … ${hidden} rules before these did not match`);
  }
  return [...lines, formatOutcome(outcome)].join('\n');
}

function formatOutcome(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'need-domain':
      return `undecided: rule ${outcome.index + 1} needs the domain`;
    case 'need-ip':
      return `undecided: rule ${outcome.index + 1} needs the address of the name`;
    case 'need-process':
      return `undecided: rule ${outcome.index + 1} needs the program`;
    case 'decided':
      return outcome.rule === null
        ? `=> ${outcome.target}: no rule matched`
        : `=> ${printable(outcome.target, 200)}: decided by rule ${outcome.index + 1}`;
  }
}

function outcomeOf(steps: readonly ExplainStep[]): Outcome {
  const undecided = steps.filter((step) => step.result === 'undecided');
  const domain = undecided.find((step) => step.rule.condition.kind !== 'dst-ip');
  if (domain !== undefined) return { kind: 'need-domain', index: domain.index };
  const [ip] = undecided;
  if (ip !== undefined) return { kind: 'need-ip', index: ip.index };
  const last = steps.at(-1);
  if (last?.result !== 'matched') {
    return { kind: 'decided', index: -1, rule: null, target: UNMATCHED_TARGET };
  }
  return { kind: 'decided', index: last.index, rule: last.rule, target: last.rule.target };
}

function judge(rule: Rule, facts: FlowFacts, resolving: boolean): Verdict {
  const { condition } = rule;
  switch (condition.kind) {
    case 'domain':
    case 'domain-suffix':
    case 'domain-keyword':
      return judgeDomain(condition, facts.domain);
    case 'dst-ip':
      return judgeDestination(condition, facts, resolving);
    case 'src-ip':
      return judgeAddress('source', facts.srcIp, condition.prefix);
    case 'dst-port':
      return judgePort('port', facts.dstPort, condition.ranges);
    case 'src-port':
      return judgePort('source port', facts.srcPort, condition.ranges);
    case 'network': {
      const matched = facts.network === condition.network;
      return verdict(matched, `the flow is ${facts.network}`);
    }
    case 'always':
      return verdict(true, 'matches everything');
    case 'never':
      return verdict(false, 'this rule never matches, as `sluice check` warns');
  }
}

function judgeDomain(condition: DomainCondition, domain: string | null | undefined): Verdict {
  if (domain === undefined) return { result: 'undecided', reason: 'the domain is not known yet' };
  if (domain === null) return verdict(false, 'the domain is unknown');
  switch (condition.kind) {
    case 'domain': {
      const matched = domain === condition.domain;
      return verdict(matched, `${domain} is ${not(matched)}${condition.domain}`);
    }
    case 'domain-suffix': {
      const { suffix } = condition;
      const matched = domain === suffix || domain.endsWith(`.${suffix}`);
      return verdict(matched, `${domain} is ${not(matched)}${suffix} or below it`);
    }
    case 'domain-keyword': {
      const matched = domain.includes(condition.keyword);
      const verb = matched ? 'contains' : 'does not contain';
      return verdict(matched, `${domain} ${verb} ${condition.keyword}`);
    }
  }
}

/** `resolving`: this rule or one before it has names resolved. */
function judgeDestination(
  condition: DestinationCondition,
  facts: FlowFacts,
  resolving: boolean,
): Verdict {
  if (facts.dstIp === null) return verdict(false, 'the destination has no known address');
  if (!resolving && (facts.dstIp === undefined || facts.dstIpResolved)) {
    return verdict(false, 'no-resolve, and no rule before it has the name resolved');
  }
  if (facts.dstIp === undefined) {
    return { result: 'undecided', reason: 'the name is not resolved yet' };
  }
  return judgeAddress('destination', facts.dstIp, condition.prefix);
}

function judgeAddress(what: string, ip: Ip, prefix: IpPrefix): Verdict {
  const matched = prefixContains(prefix, ip);
  return verdict(matched, `${what} ${formatIp(ip)} is ${not(matched)}in ${formatPrefix(prefix)}`);
}

function judgePort(what: string, port: number, ranges: readonly PortRange[]): Verdict {
  const matched = ranges.some(({ first, last }) => port >= first && port <= last);
  const list = ranges.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
  const preposition = list.length > 1 || list[0]?.includes('-') === true ? 'in ' : '';
  return verdict(matched, `${what} ${port} is ${not(matched)}${preposition}${list.join('/')}`);
}

function not(matched: boolean): string {
  return matched ? '' : 'not ';
}

function verdict(matched: boolean, reason: string): Verdict {
  return { result: matched ? 'matched' : 'missed', reason };
}
