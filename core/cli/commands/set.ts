/** `sluice set`: changes one setting in the file of the running Sluice. */
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import { showApplied } from '../applied.ts';
import { UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { controlClient } from '../options.ts';
import { valueOfArguments } from '../setting-text.ts';
import { unknownSetting } from './get.ts';

export const command: Command = {
  help: [
    'Usage: sluice set PATH VALUE... [--json]',
    '       sluice set PATH --default [--json]',
    '',
    'Changes one setting in the file of the running Sluice and applies it. Comments and layout',
    'stay as they are. "sluice get" lists the settings; "sluice history undo" takes the last',
    'change back.',
    '',
    '  sluice set tun.mtu 1400',
    '  sluice set dns.nameserver https://dns.example/dns-query 192.0.2.53',
    '  sluice set hosts nas.example=192.168.1.5 dev.example=10.0.0.1,10.0.0.2',
    '',
    'The values of a list, and the names of a map, take the place of those that are there.',
    '',
    'Options:',
    '  --default   take it out of the file, so that its default counts',
    '  --json      what was done, as JSON',
    '',
    'Exit code: 0 when it was applied, else 1.',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        default: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    const [path, ...rest] = positionals;
    if (path === undefined) throw new UsageError('PATH is missing.');
    if (values.default && rest.length > 0) throw new UsageError('--default takes no value.');
    if (!values.default && rest.length === 0) throw new UsageError('VALUE is missing.');
    const { settings, hash } = await controlClient().call(endpoints.settings);
    const setting = settings.find((each) => each.path === path);
    if (setting === undefined) throw unknownSetting(path, settings);
    const value = values.default ? null : valueOfArguments(rest, setting);
    const done = await controlClient().call(endpoints.editSettings, {
      body: { changes: [{ path, value }], author: 'cli', ...(hash === null ? {} : { hash }) },
    });
    return showApplied(done.result, terminal, values.json ? done : null);
  },
};
