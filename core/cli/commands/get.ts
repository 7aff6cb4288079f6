/** `sluice get`: the settings of the running configuration, and where its file sets them. */
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import type { Setting } from '../../api/settings.ts';
import { EXIT_OK, UsageError } from '../command.ts';
import type { Command } from '../command.ts';
import { formatTable, printable } from '../format.ts';
import { controlClient, toJson } from '../options.ts';
import { suggestion } from '../../../rules/text.ts';
import { valueLines } from '../setting-text.ts';

export const command: Command = {
  help: [
    'Usage: sluice get [PATH] [--json]',
    '',
    'Shows what the settings are, or that of one: sluice get tun.mtu. PATH is where the setting',
    'is in the YAML; with a part of one, such as dns, all below it are shown. LINE is the line',
    'of the file that sets it; without one it has its default.',
    '',
    'Options:',
    '  --json   everything that is known about them, as JSON',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    const [path, second] = positionals;
    if (second !== undefined) throw new UsageError(`"${second}" is one argument too many.`);
    const { settings } = await controlClient().call(endpoints.settings);
    const one = settings.find((setting) => setting.path === path);
    if (one !== undefined) {
      const lines = valueLines(one.value).map((line) => `${printable(line)}\n`);
      terminal.out(values.json ? toJson(one) : lines.join(''));
      return EXIT_OK;
    }
    const found = settings.filter(
      (setting) => path === undefined || setting.path.startsWith(`${path}.`),
    );
    if (path !== undefined && found.length === 0) throw unknownSetting(path, settings);
    terminal.out(values.json ? toJson(found) : formatTable([HEAD, ...found.map(rowOf)]));
    return EXIT_OK;
  },
};

const HEAD = ['SETTING', 'LINE', 'VALUE'];

export function unknownSetting(path: string, settings: readonly Setting[]): UsageError {
  const paths = settings.map((setting) => setting.path);
  return new UsageError(`There is no setting "${path}"${suggestion(path, paths)}.`);
}

function rowOf({ path, value, file, isSecret }: Setting): string[] {
  const shown = isSecret && value !== '' ? '(not shown)' : valueLines(value).join(' ');
  return [path, file === null ? '' : String(file.line), printable(shown)];
}
