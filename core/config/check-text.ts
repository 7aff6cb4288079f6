/** Everything that can be told of a configuration from its text alone: errors, warnings, lint. */
import type { CheckProblem, CheckResult } from '../api/check.ts';
import { EMPTY_CONTEXT } from '../../rules/rule-set.ts';
import type { Config } from './config.ts';
import { lintConfig } from './lint-config.ts';
import type { LintResult } from './lint-config.ts';
import { parseConfig } from './parse-config.ts';

/** `file` is how problems name it. */
export function checkText(text: string, file: string): CheckResult {
  const { config, problems } = parseConfig(text, file);
  const read = problems.map((problem): CheckProblem => ({ ...problem, fix: null }));
  if (config === null) return { isUsable: false, problems: read };
  const linted = lintText(config, text).map(
    ({ position, severity, code, message, edit, fix }): CheckProblem => ({
      ...{ file, line: position.line, column: position.column, severity, code, message },
      fix: edit === null ? null : { ...edit, isSafe: fix?.isSafe === true },
    }),
  );
  // What lint can put right is told by lint, and once.
  const told = new Set(linted.map(keyOf));
  const all = [...read.filter((problem) => !told.has(keyOf(problem))), ...linted];
  return { isUsable: true, problems: all.sort((a, b) => a.line - b.line || a.column - b.column) };
}

/** What lint finds without the lists that the configuration names. */
export function lintText(config: Config, text: string): LintResult[] {
  return lintConfig(config, EMPTY_CONTEXT, text);
}

function keyOf({ line, code }: CheckProblem): string {
  return `${line} ${code}`;
}
