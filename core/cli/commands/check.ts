/** `sluice check`: every problem of a configuration file. */
import { parseArgs } from 'node:util';
import type { Problem } from '../../config/config.ts';
import { lintText } from '../../config/check-text.ts';
import type { LintResult } from '../../config/lint-config.ts';
import { loadConfig } from '../../config/load-config.ts';
import type { LoadedConfig } from '../../config/load-config.ts';
import { checkProviders } from '../../providers/check-providers.ts';
import { formatProblem } from '../../config/problems.ts';
import { EXIT_FAILED, EXIT_OK } from '../command.ts';
import type { Command } from '../command.ts';
import { printable } from '../format.ts';
import { assertArguments, toJson } from '../options.ts';

export const command: Command = {
  help: [
    'Usage: sluice check FILE [--json]',
    '',
    'Prints every problem of the file, one a line ("sluice lint" finds more):',
    '  file:line:column severity code message',
    'Lists that are files, or stand in the file, are read, too; nothing is fetched.',
    '',
    'Options:',
    '  --json   the problems as a JSON list',
    '',
    'Exit code: 0 when the file can be used (warnings included), 1 when it has errors.',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    assertArguments(positionals, ['FILE']);
    const file = positionals[0] ?? '';
    const loaded = await loadConfig(file);
    const { config } = loaded;
    const ofLists = config === null ? [] : await checkProviders(config, file);
    const problems = [...loaded.problems, ...ofLists, ...lintWarnings(loaded, file)];
    if (values.json) terminal.out(toJson(problems));
    else {
      for (const problem of problems) terminal.out(`${printable(formatProblem(problem))}\n`);
      if (problems.length === 0) terminal.err(`${file}: no problems.\n`);
    }
    return config === null ? EXIT_FAILED : EXIT_OK;
  },
};

/** What `sluice lint` warns of and can be told from the file alone. */
function lintWarnings({ config, text }: LoadedConfig, file: string): Problem[] {
  if (config === null || text === null) return [];
  const found = lintText(config, text);
  // Reading the rules has told of these.
  const isNew = ({ severity, code }: LintResult): boolean =>
    severity === 'warning' && code !== 'rule-unreachable';
  return found.filter(isNew).map(({ code, message, position }) => ({
    ...{ file, line: position.line, column: position.column },
    ...{ severity: 'warning' as const, code, message },
  }));
}
