/**
 * Runs a table of expectations for the control API: against the running configuration, or against
 * a text that nobody has saved yet, with the lists and the choices of groups that are in use.
 */
import { setImmediate } from 'node:timers/promises';
import { SluiceError, toApiError } from '../api/errors.ts';
import type { RuleCase, RuleCaseResult, RuleTestLine, RuleTestRequest } from '../api/rule-tests.ts';
import type { Config, Problem } from '../config/config.ts';
import { parseConfig } from '../config/parse-config.ts';
import { askRules } from '../engine/ask-rules.ts';
import type { LookUp } from '../engine/asked-flow.ts';
import { explainFlow } from '../engine/explain.ts';
import { offlinePolicy } from '../engine/offline-policy.ts';
import { Policy } from '../engine/policy.ts';
import type { Providers } from '../providers/providers.ts';
import { compileInSteps } from '../../rules/compile.ts';
import { judgeCase } from './judge-case.ts';

export interface RuleTestParts {
  /** Throws `ERR_ENGINE_NOT_RUNNING`. */
  readonly policy: Policy;
  readonly lists: Pick<Providers, 'context' | 'proxiesOf'>;
  readonly resolve: LookUp;
  /** How problems name the text. */
  readonly file: string;
}

/** Looking names up may not take longer for one case. */
const CASE_TIMEOUT_MS = 5_000;
/** Cases that are asked at the same time: some wait for a lookup. */
const AT_ONCE = 8;

/** A line at the beginning, then one for each case, in order. */
export async function* runCases(
  { cases, text, explain = false }: RuleTestRequest,
  parts: RuleTestParts,
  signal: AbortSignal,
): AsyncIterable<RuleTestLine> {
  const { policy: running } = parts;
  let policy = rulesOf(running);
  let problems: readonly Problem[] = [];
  if (text !== undefined) {
    const parsed = parseConfig(text, parts.file);
    problems = parsed.problems.filter(({ severity }) => severity === 'error');
    if (parsed.config === null) {
      yield { kind: 'start', problems, missingLists: [] };
      return;
    }
    policy = await policyOf(parsed.config, parts);
  }
  yield { kind: 'start', problems, missingLists: missingLists(policy.config, running.config) };
  for (let from = 0; from < cases.length; from += AT_ONCE) {
    await setImmediate();
    const some = cases.slice(from, from + AT_ONCE);
    yield* await Promise.all(
      some.map((one, index) => runCase(from + index, one, policy, parts.resolve, explain, signal)),
    );
  }
}

/** The rules of a policy, whatever the mode is. */
function rulesOf(running: Policy): Policy {
  const { config, rules, groups, localUpstreams, disabled } = running;
  const policy = new Policy(config, rules, groups, localUpstreams);
  policy.mode = 'rule';
  for (const index of disabled) policy.setDisabled(index, true);
  return policy;
}

async function policyOf(config: Config, { policy, lists }: RuleTestParts): Promise<Policy> {
  const states = policy.groups.groups.map(({ name, state }) => [name, state.chosen] as const);
  const made = offlinePolicy(config, {
    rules: await compileInSteps(config, lists.context, () => setImmediate()),
    proxiesOf: (provider) => lists.proxiesOf(provider),
    chosen: new Map(states.filter(([, chosen]) => chosen !== '')),
  });
  made.mode = 'rule';
  return made;
}

function missingLists({ ruleProviders }: Config, running: Config): string[] {
  const known = new Set(running.ruleProviders.map(({ name }) => name));
  return ruleProviders.flatMap(({ name }) => (known.has(name) ? [] : [name]));
}

async function runCase(
  index: number,
  one: RuleCase,
  policy: Policy,
  resolve: LookUp,
  explain: boolean,
  stopped: AbortSignal,
): Promise<RuleCaseResult> {
  const base = { kind: 'result', index } as const;
  const signal = AbortSignal.any([stopped, AbortSignal.timeout(CASE_TIMEOUT_MS)]);
  try {
    const told = await askRules(policy, one.request, resolve, signal);
    const { isTargetWrong, isRuleWrong } = judgeCase(one, told);
    const { target, chain, ruleText, line } = told;
    const explanation = explain ? await explainFlow(policy, one.request, resolve, signal) : null;
    const passed = !isTargetWrong && !isRuleWrong;
    return {
      ...{ ...base, passed, isTargetWrong, isRuleWrong, target, chain, ruleText, line },
      ...{ error: null, explanation },
    };
  } catch (cause) {
    // What is wrong with one case leaves the others to be run.
    if (!(cause instanceof SluiceError) || cause.code !== 'ERR_EXPLAIN_INVALID') throw cause;
    return {
      ...{ ...base, passed: false, isTargetWrong: false, isRuleWrong: false },
      ...{ target: '', chain: [], ruleText: '', line: 0 },
      ...{ error: toApiError(cause), explanation: null },
    };
  }
}
