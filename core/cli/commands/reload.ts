/** `sluice reload`: has the running core read its configuration again. */
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import { EXIT_FAILED, EXIT_OK } from '../command.ts';
import type { Command } from '../command.ts';
import { printable } from '../format.ts';
import { assertArguments, controlClient, toJson } from '../options.ts';

export const command: Command = {
  help: [
    'Usage: sluice reload [--json]',
    '',
    'Reads the configuration file again and applies it in one step. Established flows',
    'stay. A file with errors changes nothing. (Saving the file does the same by itself.)',
    '',
    'Options:',
    '  --json   what was done, as JSON',
    '',
    'Exit code: 0 when it was applied, 1 when not.',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    assertArguments(positionals, []);
    const result = await controlClient().call(endpoints.reload);
    if (values.json) terminal.out(toJson(result));
    else {
      for (const problem of result.problems) {
        const { file, line, column, severity, code, message } = problem;
        terminal.err(`${printable(`${file}:${line}:${column} ${severity} ${code} ${message}`)}\n`);
      }
      if (!result.applied) terminal.err('Nothing was changed: the file has errors.\n');
      else terminal.out('Applied.\n');
      if (result.restartNeeded.length > 0) {
        terminal.out(`Needs a restart: ${result.restartNeeded.join(', ')}.\n`);
      }
    }
    return result.applied ? EXIT_OK : EXIT_FAILED;
  },
};
