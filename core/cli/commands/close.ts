/** `sluice close`: ends one live flow. */
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import { EXIT_OK, UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { assertArguments, controlClient } from '../options.ts';

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
    if (!/^\d+$/.test(id)) throw new UsageError(`"${id}" is not the id of a flow.`);
    await controlClient().call(endpoints.closeFlow, { params: { id: Number(id) } });
    terminal.out(`Closed ${id}.\n`);
    return EXIT_OK;
  },
};
