/** `sluice select`: chooses the member that a group uses. */
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import { EXIT_OK, UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { printable } from '../format.ts';
import { assertArguments, controlClient } from '../options.ts';

export const command: Command = {
  help: [
    'Usage: sluice select GROUP NAME',
    '       sluice select GROUP --clear',
    '',
    'Makes a group use one of its members. The choice is kept across restarts, unless',
    'profile.store-selected is false. Connections that are open stay where they are,',
    'unless the group says interrupt-exist-connections.',
    '',
    'Options:',
    '  --clear   give the choice back to the group',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { clear: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const [name = '', member = ''] = positionals;
    if (values.clear) {
      assertArguments(positionals, ['GROUP']);
      await controlClient().call(endpoints.unchooseProxy, { params: { name } });
      terminal.out(`${printable(name)} chooses by itself.\n`);
      return EXIT_OK;
    }
    assertArguments(positionals, ['GROUP', 'NAME']);
    if (member === '') throw new UsageError('NAME is empty.');
    await controlClient().call(endpoints.chooseProxy, { params: { name }, body: { name: member } });
    terminal.out(`${printable(name)} uses ${printable(member)}.\n`);
    return EXIT_OK;
  },
};
