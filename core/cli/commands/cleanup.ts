/** `sluice cleanup`: undoes what a killed run left on this machine. */
import { parseArgs } from 'node:util';
import { cleanUp } from '../../platform/index.ts';
import { openStateDir } from '../../platform/state-dir.ts';
import { EXIT_FAILED, EXIT_OK } from '../command.ts';
import type { Command } from '../command.ts';
import { assertArguments, toJson } from '../options.ts';

export const command: Command = {
  help: [
    'Usage: sluice cleanup [--json]',
    '',
    'Undoes, from the journal, every change that a killed run left on this machine:',
    'routes, rules, addresses, the system resolver. Needs root. Does nothing to a Sluice that runs: stop it first.',
    '("sluice run" does the same when it starts.)',
    '',
    'Options:',
    '  --json   what was undone, as JSON',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { json: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    assertArguments(positionals, []);
    const state = openStateDir();
    try {
      const report = await cleanUp(state.path);
      if (values.json) terminal.out(toJson(report));
      else {
        for (const line of report.undone) terminal.out(`${line}\n`);
        for (const line of report.notices) terminal.out(`${line}\n`);
        for (const line of report.warnings) terminal.err(`${line}\n`);
        if (report.undone.length === 0) terminal.out('Nothing was left behind.\n');
      }
      return report.warnings.length > 0 ? EXIT_FAILED : EXIT_OK;
    } finally {
      state.release();
    }
  },
};
