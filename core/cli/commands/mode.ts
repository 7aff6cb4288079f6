/** `sluice mode`: shows or switches the mode. */
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import { MODES } from '../../api/status.ts';
import { EXIT_OK, UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { controlClient } from '../options.ts';

export const command: Command = {
  help: [
    'Usage: sluice mode [rule|global|direct]',
    '',
    'Shows the mode, or switches it for connections that begin from now on:',
    '  rule     the rules decide',
    '  global   everything goes to the group GLOBAL',
    '  direct   everything goes out directly',
    '',
    'It lasts until Sluice stops, or until the configuration file says another one.',
  ].join('\n'),
  async run(args, terminal) {
    const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
    const [wanted] = positionals;
    if (positionals.length > 1)
      throw new UsageError(`"${positionals[1]}" is one argument too many.`);
    if (wanted === undefined) {
      terminal.out(`${(await controlClient().call(endpoints.proxies)).mode}\n`);
      return EXIT_OK;
    }
    const mode = MODES.find((known) => known === wanted);
    if (mode === undefined) throw new UsageError(`"${wanted}" is not one of ${MODES.join(', ')}.`);
    await controlClient().call(endpoints.setMode, { body: { mode } });
    terminal.out(`Mode ${mode}.\n`);
    return EXIT_OK;
  },
};
