/**
 * Why a destination goes where it goes: asks the rules one by one, as a captured flow to it
 * would be asked, and looks the name up only where a rule compares addresses.
 */
import type { Explanation, ExplainMember, ExplainRequest, ExplainStep } from '../api/explain.ts';
import { explain } from '../../rules/explain.ts';
import type { ExplainStep as Step, RuleExplanation } from '../../rules/explain.ts';
import type { JudgedClause } from '../../rules/explain-clause.ts';
import type { FlowFacts } from '../../rules/flow-facts.ts';
import { comparesAddress } from '../../rules/needs.ts';
import { parseIp } from '../../rules/ip.ts';
import { decided } from '../../rules/outcome.ts';
import type { Decided } from '../../rules/outcome.ts';
import { formatRule } from '../../rules/parse-rule.ts';
import { factsOf, lookUpOf } from './asked-flow.ts';
import type { LookUp } from './asked-flow.ts';
import { addressForRules } from './decide.ts';
import { textOf } from './policy.ts';
import type { Policy } from './policy.ts';

/** Rules before the decision that are told; more are of no use to a reader. */
const MAX_STEPS = 500;

/** Rejects with `ERR_EXPLAIN_INVALID` where host or source are no addresses or names. */
export async function explainFlow(
  policy: Policy,
  request: ExplainRequest,
  resolve: LookUp,
  signal: AbortSignal,
): Promise<Explanation> {
  const { mode } = policy;
  const facts = factsOf(request);
  const asked = {
    host: request.host,
    port: facts.dstPort,
    network: facts.network,
    mode,
  };
  const imposed = policy.imposedTarget;
  if (imposed !== null) {
    return {
      ...asked,
      resolved: null,
      steps: [],
      omittedSteps: 0,
      decidedBy: -1,
      ruleText: `mode: ${mode}`,
      target: imposed,
      ...policy.leadsTo(imposed, facts),
    };
  }
  const { resolved, steps, outcome } = await explainRules(
    policy,
    facts,
    lookUpOf(request, resolve),
    signal,
  );
  return {
    ...asked,
    resolved,
    steps: steps.slice(-MAX_STEPS).map(toStep),
    omittedSteps: Math.max(0, steps.length - MAX_STEPS),
    decidedBy: outcome.index,
    ruleText: textOf(outcome),
    target: outcome.target,
    ...policy.leadsTo(outcome.target, facts),
  };
}

interface RuleByRule {
  readonly resolved: readonly string[] | null;
  readonly steps: readonly Step[];
  readonly outcome: Decided;
}

async function explainRules(
  policy: Policy,
  facts: FlowFacts,
  resolve: LookUp,
  signal: AbortSignal,
): Promise<RuleByRule> {
  const byName = explainPassing(policy, facts);
  const { domain } = facts;
  if (facts.dstIp !== undefined || typeof domain !== 'string') {
    return { resolved: null, steps: byName.steps, outcome: decided(byName.outcome) };
  }
  // With a fake address the name is all there is until a rule asks; otherwise the application has
  // looked the name up, and all rules see what it found.
  const { enable, mode } = policy.config.dns;
  const isFake = enable && mode === 'fake-ip';
  const asks =
    byName.outcome.kind === 'need-ip' ||
    (!isFake && byName.steps.some(({ rule }) => comparesAddress(rule.condition)));
  if (!asks) return { resolved: null, steps: byName.steps, outcome: decided(byName.outcome) };
  const resolved = await resolve(domain, signal).catch(() => []);
  const dstIp = parseIp(addressForRules(resolved) ?? '');
  const byAddress = explainPassing(policy, { ...facts, dstIp, dstIpResolved: isFake });
  return { resolved, steps: byAddress.steps, outcome: decided(byAddress.outcome) };
}

/** As `explain`, with groups that lead to PASS as they stand now. */
function explainPassing(policy: Policy, facts: FlowFacts): RuleExplanation {
  const { config, rules, disabled } = policy;
  const passes = (target: string): boolean => policy.passes(target, facts);
  if (disabled.size === 0) return explain(config, facts, rules.context, passes);
  const enabled = config.rules.map((rule, index) =>
    disabled.has(index) ? { ...rule, condition: { kind: 'never' } as const } : rule,
  );
  const found = explain({ ...config, rules: enabled }, facts, rules.context, passes);
  const steps = found.steps.map((step) =>
    disabled.has(step.index) ? { ...step, reason: 'disabled by a dashboard' } : step,
  );
  return { ...found, steps };
}

function toStep(step: Step): ExplainStep {
  const { index, rule, result, reason, entry, members, list, passed, resolved } = step;
  return {
    index,
    line: rule.position.line,
    text: formatRule(rule),
    matched: result === 'matched',
    reason,
    entry,
    members: members.map(toMember),
    list: list === null ? null : list.steps.slice(-MAX_STEPS).map(toStep),
    passed: passed && result === 'matched',
    resolved,
  };
}

function toMember({ text, result, reason, entry, members }: JudgedClause): ExplainMember {
  return { text, result, reason, entry, members: members.map(toMember) };
}
