/** `sluice check`: every problem of a configuration file. */
import { parseArgs } from 'node:util';
import { loadConfig } from '../../config/load-config.ts';
import { formatProblem } from '../../config/problems.ts';
import { EXIT_FAILED, EXIT_OK } from '../command.ts';
import type { Command } from '../command.ts';
import { printable } from '../format.ts';
import { assertArguments, toJson } from '../options.ts';

export const command: Command = {
  help: [
    'Usage: sluice check FILE [--json]',
    '',
    'Prints every problem of the file, one a line:',
    '  file:line:column severity code message',
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
    const { config, problems } = await loadConfig(positionals[0] ?? '');
    if (values.json) terminal.out(toJson(problems));
    else {
      for (const problem of problems) terminal.out(`${printable(formatProblem(problem))}\n`);
      if (problems.length === 0) terminal.err(`${positionals[0]}: no problems.\n`);
    }
    return config === null ? EXIT_FAILED : EXIT_OK;
  },
};
