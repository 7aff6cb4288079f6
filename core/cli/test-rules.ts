/** `sluice rules test`: runs a table of expectations against the rules, and tells like a test runner. */
import { existsSync } from 'node:fs';
import { SluiceError } from '../api/errors.ts';
import type { Explanation } from '../api/explain.ts';
import { readConfigFile } from '../config/edit/config-file.ts';
import { formatProblem } from '../config/problems.ts';
import { EXIT_FAILED, EXIT_OK } from './command.ts';
import type { Terminal } from './command.ts';
import { openExplainer } from './explainer.ts';
import type { Explainer } from './explainer.ts';
import { formatEndpoint, printable } from './format.ts';
import { toJson } from './options.ts';
import { judgeCase } from '../rule-tests/judge-case.ts';
import { readRuleCases } from '../rule-tests/read-cases.ts';
import type { PlacedCase } from '../rule-tests/read-cases.ts';
import { formatCount } from '../../rules/text.ts';

interface CaseResult {
  readonly case: PlacedCase;
  /** Empty: it passed. */
  readonly failures: readonly string[];
  readonly explanation: Explanation | null;
}

/** Resolves to the exit code. Throws `SluiceError` where the cases or the rules cannot be read. */
export async function testRules(
  file: string,
  config: string | undefined,
  json: boolean,
  terminal: Terminal,
): Promise<number> {
  if (!existsSync(file)) {
    const message = `There are no tests in ${file}. Make some in the interface (Rules, Tests), or write the file.`;
    throw new SluiceError('ERR_CASES', message);
  }
  const { text } = readConfigFile(file);
  const { cases, problems } = readRuleCases(text, file);
  for (const problem of problems) terminal.err(`${printable(formatProblem(problem))}\n`);
  if (cases.length === 0)
    throw new SluiceError('ERR_CASES', `${file} has errors: nothing was run.`);
  const results: CaseResult[] = [];
  const explainer = await openExplainer(config, terminal);
  try {
    for (const [index, one] of cases.entries()) {
      const result = await runCase(one, explainer);
      results.push(result);
      if (!json) terminal.out(`${describe(result, index, file)}\n`);
    }
  } finally {
    await explainer.close();
  }
  const failed = results.filter(({ failures }) => failures.length > 0).length;
  if (json) terminal.out(toJson(results));
  else {
    const passed = results.length - failed;
    terminal.out(`${formatCount(results.length, 'case')}: ${passed} passed, ${failed} failed\n`);
  }
  return failed === 0 ? EXIT_OK : EXIT_FAILED;
}

async function runCase(one: PlacedCase, explainer: Explainer): Promise<CaseResult> {
  let explanation: Explanation;
  try {
    explanation = await explainer.explain(one.request);
  } catch (cause) {
    // What is wrong with one case leaves the others to be run.
    if (!(cause instanceof SluiceError) || cause.code !== 'ERR_EXPLAIN_INVALID') throw cause;
    return { case: one, failures: [cause.message], explanation: null };
  }
  const { isTargetWrong, isRuleWrong } = judgeCase(one, explanation);
  const failures: string[] = [];
  if (isTargetWrong) {
    failures.push(`expected the target ${one.target}, and it goes to ${wayOf(explanation)}`);
  }
  if (isRuleWrong) failures.push(`expected the rule ${one.rule}`);
  return { case: one, failures, explanation };
}

function describe(
  { case: one, failures, explanation }: CaseResult,
  index: number,
  file: string,
): string {
  const { host, port } = one.request;
  const what = port === undefined ? host : formatEndpoint(host, port);
  if (failures.length === 0) {
    const way = explanation === null ? '' : wayOf(explanation);
    return printable(`ok   ${index + 1} ${what} -> ${way}`);
  }
  const { line, column } = one.position;
  const lines = [
    `FAIL ${index + 1} ${what} (${file}:${line}:${column})`,
    ...failures.map((text) => `       ${text}`),
  ];
  if (explanation !== null) lines.push(`       decided by ${decider(explanation)}`);
  return lines.map(printable).join('\n');
}

function wayOf({ target, chain }: Explanation): string {
  return chain.length === 0 ? target : chain.join(' > ');
}

function decider({ decidedBy, ruleText, steps }: Explanation): string {
  if (decidedBy < 0) return ruleText;
  const line = steps.find(({ index }) => index === decidedBy)?.line ?? 0;
  return `rule ${decidedBy + 1}${line > 0 ? `, line ${line}` : ''}: ${ruleText}`;
}
