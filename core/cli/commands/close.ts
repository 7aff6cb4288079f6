/** `sluice close`: ends one live flow. */
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import { EXIT_OK } from '../command.ts';
import type { Command } from '../command.ts';
import { assertArguments, controlClient, flowIdOf } from '../options.ts';

export const command: Command = {
  help: [
    'Usage: sluice close ID',
    '',
    'Ends a live flow at once; its program sees a reset connection.',
    '"sluice flows" shows the ids.',
  ].join('\n'),
  async run(args, terminal) {
    const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
    assertArguments(positionals, ['ID']);
    const [id = ''] = positionals;
    await controlClient().call(endpoints.closeFlow, { params: { id: flowIdOf(id) } });
    terminal.out(`Closed ${id}.\n`);
    return EXIT_OK;
  },
};
