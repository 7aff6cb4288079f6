/**
 * Why a destination goes where it goes: asks the rules one by one, as a captured flow to it
 * would be asked, and looks the name up only where a rule compares addresses.
 */
import { SluiceError } from '../api/errors.ts';
import type { Explanation, ExplainRequest, ExplainStep } from '../api/explain.ts';
import { normalizeDomain } from '../../rules/domain.ts';
import { explain } from '../../rules/explain.ts';
import type { FlowFacts } from '../../rules/flow-facts.ts';
import { parseIp } from '../../rules/ip.ts';
import type { Ip } from '../../rules/ip.ts';
import { formatRule } from '../../rules/parse-rule.ts';
import type { Resolve } from './outbound.ts';
import type { Policy } from './policy.ts';

/** What a program on this machine looks like when nothing else is asked for. */
const DEFAULT_SOURCE = '198.18.0.1';
const DEFAULT_SOURCE_PORT = 50_000;
const DEFAULT_PORT = 443;

/** Rules before the decision that are told; more are of no use to a reader. */
const MAX_STEPS = 500;

/** Rejects with `ERR_EXPLAIN_INVALID` where host or source are no addresses or names. */
export async function explainFlow(
  policy: Policy,
  request: ExplainRequest,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<Explanation> {
  const asked = factsOf(request);
  const { rules, mode } = policy.config;
  let facts = asked;
  let resolved: readonly string[] | null = null;
  if (mode === 'rule' && facts.dstIp === undefined && comparesAddress(policy, facts)) {
    resolved = await resolve(facts.domain ?? request.host, signal).catch(() => []);
    // A captured flow carries the address that its application looked up: rules see it as the original.
    facts = { ...facts, dstIp: parseIp(resolved[0] ?? '') };
  }
  const decision = policy.decide({ ...facts, dstIp: facts.dstIp ?? null });
  if (decision.kind !== 'decided') throw new TypeError(`The rules still ${decision.kind}.`);
  const steps = mode === 'rule' ? explain(rules, facts).steps.map(toStep) : [];
  return {
    host: request.host,
    port: facts.dstPort,
    network: facts.network,
    mode,
    resolved,
    steps: steps.slice(-MAX_STEPS),
    omittedSteps: Math.max(0, steps.length - MAX_STEPS),
    decidedBy: decision.ruleIndex,
    ruleText: decision.ruleText,
    target: decision.target,
    chain: decision.chain,
  };
}

/** Whether a rule that compares the destination's address stands before the decision. */
function comparesAddress(policy: Policy, facts: FlowFacts): boolean {
  return explain(policy.config.rules, facts).steps.some(
    ({ rule }) => rule.condition.kind === 'dst-ip',
  );
}

function factsOf(request: ExplainRequest): FlowFacts {
  const dstIp = parseIp(request.host) ?? undefined;
  const domain = dstIp === undefined ? normalizeDomain(request.host) : null;
  if (dstIp === undefined && domain === null) {
    throw new SluiceError(
      'ERR_EXPLAIN_INVALID',
      `"${request.host}" is neither a domain name nor an IP address.`,
    );
  }
  return {
    network: request.network ?? 'tcp',
    srcIp: sourceOf(request.source ?? DEFAULT_SOURCE),
    srcPort: request.sourcePort ?? DEFAULT_SOURCE_PORT,
    dstIp,
    dstPort: request.port ?? DEFAULT_PORT,
    domain,
    dstIpResolved: false,
  };
}

function sourceOf(text: string): Ip {
  const ip = parseIp(text);
  if (ip !== null) return ip;
  throw new SluiceError('ERR_EXPLAIN_INVALID', `The source "${text}" is not an IP address.`);
}

function toStep(step: ReturnType<typeof explain>['steps'][number]): ExplainStep {
  return {
    index: step.index,
    line: step.rule.position.line,
    text: formatRule(step.rule),
    matched: step.result === 'matched',
    reason: step.reason,
  };
}
