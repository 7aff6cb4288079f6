/**
 * Why a destination goes where it goes: asks the rules one by one, as a captured flow to it
 * would be asked, and looks the name up only where a rule compares addresses.
 */
import { SluiceError } from '../api/errors.ts';
import type { Explanation, ExplainRequest, ExplainStep } from '../api/explain.ts';
import type { Config } from '../config/config.ts';
import { normalizeDomain } from '../../rules/domain.ts';
import { explain } from '../../rules/explain.ts';
import type { ExplainStep as Step } from '../../rules/explain.ts';
import { TUN_INBOUND } from '../../rules/flow-facts.ts';
import type { FlowFacts } from '../../rules/flow-facts.ts';
import { parseIp } from '../../rules/ip.ts';
import type { Ip } from '../../rules/ip.ts';
import type { Decided, Outcome } from '../../rules/outcome.ts';
import { formatRule } from '../../rules/parse-rule.ts';
import { chainOf, targetByMode } from './route-names.ts';

/** What a program on this machine looks like when nothing else is asked for. */
const DEFAULT_SOURCE = '198.18.0.1';
const DEFAULT_SOURCE_PORT = 50_000;
const DEFAULT_PORT = 443;

/** Rules before the decision that are told; more are of no use to a reader. */
const MAX_STEPS = 500;

/** Rejects with `ERR_EXPLAIN_INVALID` where host or source are no addresses or names. */
export async function explainFlow(
  config: Config,
  request: ExplainRequest,
  resolve: LookUp,
  signal: AbortSignal,
): Promise<Explanation> {
  const facts = factsOf(request);
  const asked = {
    host: request.host,
    port: facts.dstPort,
    network: facts.network,
    mode: config.mode,
  };
  const imposed = targetByMode(config);
  if (imposed !== null) {
    return {
      ...asked,
      resolved: null,
      steps: [],
      omittedSteps: 0,
      decidedBy: -1,
      ruleText: `mode: ${config.mode}`,
      target: imposed,
      chain: chainOf(config, imposed),
    };
  }
  const { resolved, steps, outcome } = await explainRules(config, facts, resolve, signal);
  return {
    ...asked,
    resolved,
    steps: steps.slice(-MAX_STEPS).map(toStep),
    omittedSteps: Math.max(0, steps.length - MAX_STEPS),
    decidedBy: outcome.index,
    ruleText: outcome.rule === null ? 'no rule matched' : formatRule(outcome.rule),
    target: outcome.target,
    chain: chainOf(config, outcome.target),
  };
}

/** Addresses of a host name. */
export type LookUp = (host: string, signal: AbortSignal) => Promise<readonly string[]>;

interface RuleByRule {
  readonly resolved: readonly string[] | null;
  readonly steps: readonly Step[];
  readonly outcome: Decided;
}

async function explainRules(
  { rules }: Config,
  facts: FlowFacts,
  resolve: LookUp,
  signal: AbortSignal,
): Promise<RuleByRule> {
  const byName = explain(rules, facts);
  const { domain } = facts;
  const comparesAddress = byName.steps.some(({ rule }) => rule.condition.kind === 'dst-ip');
  if (facts.dstIp !== undefined || typeof domain !== 'string' || !comparesAddress) {
    return { resolved: null, steps: byName.steps, outcome: decided(byName.outcome) };
  }
  const resolved = await resolve(domain, signal).catch(() => []);
  // A captured flow carries the address that its application looked up: rules see it as the original.
  const byAddress = explain(rules, { ...facts, dstIp: parseIp(resolved[0] ?? '') });
  return { resolved, steps: byAddress.steps, outcome: decided(byAddress.outcome) };
}

function decided(outcome: Outcome): Decided {
  if (outcome.kind === 'decided') return outcome;
  throw new TypeError(`The rules still ${outcome.kind}.`);
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
    zone: 'host',
    dscp: 0,
    inbound: TUN_INBOUND,
    process: null,
  };
}

function sourceOf(text: string): Ip {
  const ip = parseIp(text);
  if (ip !== null) return ip;
  throw new SluiceError('ERR_EXPLAIN_INVALID', `The source "${text}" is not an IP address.`);
}

function toStep(step: Step): ExplainStep {
  return {
    index: step.index,
    line: step.rule.position.line,
    text: formatRule(step.rule),
    matched: step.result === 'matched',
    reason: step.reason,
  };
}
