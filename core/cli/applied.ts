/** What came of applying a configuration, for the terminal. */
import type { ReloadResult } from '../api/reload.ts';
import { EXIT_FAILED, EXIT_OK } from './command.ts';
import type { Terminal } from './command.ts';
import { printable } from './format.ts';
import { toJson } from './options.ts';

/**
 * Prints the problems and whether it was applied, or `json` in their place; the exit code says the
 * same.
 */
export function showApplied(
  result: ReloadResult,
  terminal: Terminal,
  json: object | null = null,
): number {
  const exitCode = result.applied ? EXIT_OK : EXIT_FAILED;
  if (json !== null) {
    terminal.out(toJson(json));
    return exitCode;
  }
  for (const problem of result.problems) {
    const { file, line, column, severity, code, message } = problem;
    terminal.err(`${printable(`${file}:${line}:${column} ${severity} ${code} ${message}`)}\n`);
  }
  if (!result.applied) terminal.err('Nothing was changed: the file has errors.\n');
  else terminal.out('Applied.\n');
  if (result.restartNeeded.length > 0) {
    terminal.out(`Needs a restart: ${result.restartNeeded.join(', ')}.\n`);
  }
  return exitCode;
}
