/** `sluice tun`: shows or switches whether traffic is captured. */
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import { EXIT_OK, UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { controlClient } from '../options.ts';

export const command: Command = {
  help: [
    'Usage: sluice tun [on|off]',
    '',
    'Shows whether traffic is led into the tunnel, or switches it. While it is off everything',
    'passes by as if Sluice did not run; what was open through Sluice ends, and programs connect',
    'again. It stays off, across changes of the configuration, until it is switched on again or',
    'Sluice starts anew.',
  ].join('\n'),
  async run(args, terminal) {
    const { positionals } = parseArgs({ args: [...args], options: {}, allowPositionals: true });
    const [wanted, extra] = positionals;
    if (extra !== undefined) throw new UsageError(`"${extra}" is one argument too many.`);
    if (wanted !== undefined && wanted !== 'on' && wanted !== 'off') {
      throw new UsageError(`"${wanted}" is neither on nor off.`);
    }
    const client = controlClient();
    if (wanted !== undefined) {
      await client.call(endpoints.setCapture, { body: { on: wanted === 'on' } });
    }
    const { tun } = await client.call(endpoints.status);
    terminal.out(tun === null ? 'off\n' : 'on\n');
    return EXIT_OK;
  },
};
