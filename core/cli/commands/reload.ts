/** `sluice reload`: has the running core read its configuration again. */
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import { showApplied } from '../applied.ts';
import type { Command } from '../command.ts';
import { assertArguments, controlClient } from '../options.ts';

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
    return showApplied(result, terminal, values.json ? result : null);
  },
};
