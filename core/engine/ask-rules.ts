/**
 * Where a flow would go and by which rule: what `explainFlow` finds, without the reasons, and by
 * the compiled rules, so that a table of cases costs no more than as many flows. Whatever the mode
 * is, the rules are asked. Nothing is counted, and no group is used.
 */
import type { Explanation, ExplainRequest } from '../api/explain.ts';
import type { FlowFacts } from '../../rules/flow-facts.ts';
import { parseIp } from '../../rules/ip.ts';
import { comparesAddress } from '../../rules/needs.ts';
import { decided } from '../../rules/outcome.ts';
import type { Decided, Outcome } from '../../rules/outcome.ts';
import { factsOf, lookUpOf } from './asked-flow.ts';
import type { LookUp } from './asked-flow.ts';
import { addressForRules } from './decide.ts';
import { textOf } from './policy.ts';
import type { Policy } from './policy.ts';

export interface RuleAnswer extends Pick<
  Explanation,
  'decidedBy' | 'ruleText' | 'target' | 'chain' | 'choices'
> {
  /** Line of the rule in the configuration; 0: none. */
  readonly line: number;
}

/** Rejects with `ERR_EXPLAIN_INVALID`, as `explainFlow` does. */
export async function askRules(
  policy: Policy,
  request: ExplainRequest,
  resolve: LookUp,
  signal: AbortSignal,
): Promise<RuleAnswer> {
  const facts = factsOf(request);
  const { outcome, known } = await decideFor(policy, facts, lookUpOf(request, resolve), signal);
  const { index, target, rule } = outcome;
  return {
    decidedBy: index,
    line: rule?.position.line ?? 0,
    ruleText: textOf(outcome),
    target,
    ...policy.leadsTo(target, known),
  };
}

async function decideFor(
  policy: Policy,
  facts: FlowFacts,
  resolve: LookUp,
  signal: AbortSignal,
): Promise<{ readonly outcome: Decided; readonly known: FlowFacts }> {
  const first = matchPassing(policy, facts);
  const { domain, dstIp } = facts;
  const { enable, mode } = policy.config.dns;
  const isFake = enable && mode === 'fake-ip';
  const asks =
    first.kind === 'need-ip' || (!isFake && first.kind === 'decided' && compares(policy, first));
  if (dstIp !== undefined || typeof domain !== 'string' || !asks) {
    return { outcome: decided(first), known: facts };
  }
  const found = await resolve(domain, signal).catch(() => []);
  const known = {
    ...facts,
    dstIp: parseIp(addressForRules(found) ?? ''),
    dstIpResolved: isFake,
  };
  return { outcome: decided(matchPassing(policy, known)), known };
}

/** As a flow that begins would be decided, with groups that lead to PASS as they stand now. `rules`: others than those in force. */
export function matchPassing(
  policy: Policy,
  facts: FlowFacts,
  rules = policy.rules,
  isDisabled = (index: number): boolean => policy.disabled.has(index),
): Outcome {
  let outcome = rules.match(facts);
  while (
    outcome.kind === 'decided' &&
    outcome.rule !== null &&
    (isDisabled(outcome.index) || policy.passes(outcome.target, facts))
  ) {
    outcome = rules.matchAfter(facts, outcome);
  }
  return outcome;
}

/** Whether one of the rules up to this one compares addresses: then the application's lookup is known to all of them. */
function compares({ config: { rules } }: Policy, { index }: Decided): boolean {
  const seen = index < 0 ? rules.length : index + 1;
  return rules.slice(0, seen).some(({ condition }) => comparesAddress(condition));
}
