/** `sluice lint`: what in a configuration works and should not be there, and how to put it right. */
import { parseArgs } from 'node:util';
import { readConfigFile, writeConfigFile } from '../../config/edit/config-file.ts';
import { applyFixes, lintConfig } from '../../config/lint-config.ts';
import type { LintResult } from '../../config/lint-config.ts';
import { parseConfig } from '../../config/parse-config.ts';
import { formatProblem } from '../../config/problems.ts';
import { stateDirPath } from '../../platform/state-dir.ts';
import { offlineProviders } from '../../providers/offline.ts';
import { SluiceError } from '../../api/errors.ts';
import { EXIT_FAILED, EXIT_OK } from '../command.ts';
import type { Command } from '../command.ts';
import { printable } from '../format.ts';
import { assertArguments, toJson } from '../options.ts';
import { formatCount } from '../../../rules/text.ts';

/** Removing a rule may show that another one is superfluous. */
const MOST_ROUNDS = 10;

export const command: Command = {
  help: [
    'Usage: sluice lint FILE [--fix] [--json]',
    '',
    'Finds rules that never decide (duplicate, covered by an earlier one, after MATCH), prefixes',
    'with bits beyond their length, rules that have names looked up too early, keywords that are',
    'in most names, empty lists, and groups, proxies and lists that nothing uses:',
    '  file:line:column severity code message',
    'Lists that are files or were downloaded before are read, too; nothing is fetched.',
    '',
    'Options:',
    '  --fix    change the file where that changes no decision: superfluous rules are removed,',
    '           prefixes written as what they mean; all at once, or not at all',
    '  --json   what was found as JSON, each with the edit of the text that is suggested',
    '',
    'Exit code: 0 where there is nothing to warn of, 1 where there is.',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: {
        fix: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
    assertArguments(positionals, ['FILE']);
    const file = positionals[0] ?? '';
    const before = readConfigFile(file);
    let { text } = before;
    let found = await lint(text, file);
    let fixed = 0;
    for (let round = 0; values.fix && round < MOST_ROUNDS; round++) {
      const applied = applyFixes(text, found);
      if (applied.fixed === 0) break;
      text = applied.text;
      fixed += applied.fixed;
      found = await lint(text, file);
    }
    if (fixed > 0) writeConfigFile(file, text, before.hash);
    if (values.json) terminal.out(toJson(found));
    else for (const result of found) terminal.out(`${printable(describe(result, file))}\n`);
    if (fixed > 0) terminal.err(`${file}: ${formatCount(fixed, 'change')} made.\n`);
    if (found.length === 0) terminal.err(`${file}: nothing found.\n`);
    return found.some(({ severity }) => severity === 'warning') ? EXIT_FAILED : EXIT_OK;
  },
};

/** Throws `SluiceError` with the first error of the file: what does not work is not linted. */
async function lint(text: string, file: string): Promise<LintResult[]> {
  const { config, problems } = parseConfig(text, file);
  if (config === null) {
    const error = problems.find(({ severity }) => severity === 'error');
    throw new SluiceError('ERR_CONFIG', error === undefined ? file : formatProblem(error));
  }
  const lists = await offlineProviders(config, stateDirPath());
  try {
    return lintConfig(config, lists.context, text);
  } finally {
    await lists.close();
  }
}

function describe(
  { position, severity, code, message, fix, edit }: LintResult,
  file: string,
): string {
  const hint = edit === null || fix?.isSafe !== true ? '' : ' (--fix)';
  return `${file}:${position.line}:${position.column} ${severity} ${code} ${message}${hint}`;
}
