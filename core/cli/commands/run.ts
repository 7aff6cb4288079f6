/**
 * `sluice run`: the core in the foreground, until a signal ends it. Whichever way it ends, what
 * was changed on the machine is put back first.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { SluiceError } from '../../api/errors.ts';
import type { Status } from '../../api/status.ts';
import { ownConfigFile } from '../../config/own-file.ts';
import { formatProblem } from '../../config/problems.ts';
import { Core } from '../../core.ts';
import { ConfigError } from '../../engine/live-config.ts';
import { createLogger } from '../../log/logger.ts';
import { controlSocketPath, stateDirPath } from '../../platform/state-dir.ts';
import { EXIT_FAILED, EXIT_OK } from '../command.ts';
import type { Command } from '../command.ts';
import { Ending } from '../ending.ts';
import { printable } from '../format.ts';
import { assertArguments } from '../options.ts';
import { formatCount } from '../../../rules/text.ts';

export const command: Command = {
  help: [
    'Usage: sluice run [-c FILE]',
    '',
    'Makes a tunnel the default route of this machine and sends each connection where',
    'the rules say. Needs root. Without -c it uses config.yaml in its state folder, and makes',
    'that where there is none: everything then goes out directly.',
    '',
    'Saving the file applies it at once; connections that are open stay open.',
    'Ctrl-C (SIGINT) or SIGTERM puts everything back and ends; a second one ends at once,',
    'and what then stays behind is undone by the next start or by "sluice cleanup".',
    'SIGHUP reads the file again.',
    '',
    'Options:',
    '  -c, --config FILE   the configuration (Clash-compatible YAML)',
    '',
    'Environment:',
    '  SLUICE_STATE_DIR    where the journal and the control socket are',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { config: { type: 'string', short: 'c' } },
      allowPositionals: true,
    });
    assertArguments(positionals, []);
    const stateDir = stateDirPath();
    const configPath =
      values.config === undefined ? ownConfigFile(stateDir) : resolve(values.config);
    // Young garbage would grow the heap by 6 KB for each flow of a burst, and never shrink it again.
    // (Measured: no more CPU for each connection.)
    setFlagsFromString('--semi-space-growth-factor=1');
    const log = createLogger({ level: 'info', write: (line) => terminal.err(line) });
    const ending = new Ending(log);
    try {
      const core = await Core.start({
        log,
        configPath,
        stateDir,
        controlSocket: controlSocketPath(),
      });
      terminal.out(describeStart(core.status()) + describeInterface(core));
      const code = await ending.wait(core);
      if (code === EXIT_OK) terminal.out('Stopped. Everything is as it was before.\n');
      return code;
    } catch (cause) {
      if (!(cause instanceof ConfigError)) throw cause;
      for (const problem of cause.problems) terminal.err(`${printable(formatProblem(problem))}\n`);
      terminal.err('sluice: the configuration has errors; nothing was changed.\n');
      return EXIT_FAILED;
    } finally {
      ending.release();
    }
  },
};

function describeInterface(core: Core): string {
  try {
    return `The interface, once by this link: ${core.uiLink()}\nAnother link: sluice ui\n`;
  } catch (cause) {
    // It is off, or could not listen, which the log has said.
    if (cause instanceof SluiceError) return '';
    throw cause;
  }
}

function describeStart({ pid, mode, config, tun, uplink }: Status): string {
  const file = config.path ?? 'the built-in configuration (-c FILE names another)';
  const lines = [
    `Sluice is running, by ${file}: mode ${mode}, ${formatCount(config.rules, 'rule')}.`,
  ];
  if (tun === null) lines.push('Nothing is captured: tun.enable is false.');
  else {
    const offload = tun.offload ? '' : '; the kernel grants no offload, so it is slower';
    lines.push(
      '',
      'Changed on this machine, until Sluice stops:',
      `  - The TUN device ${tun.device} was made (MTU ${tun.mtu}${offload}).`,
      ...tun.changes.map((change) => `  - ${change}`),
    );
  }
  if (uplink === null) lines.push('', 'There is no way out: this machine has no default route.');
  lines.push('', `To stop: Ctrl-C (or kill ${pid}). To look: sluice status, sluice flows --watch.`);
  return `${lines.map(printable).join('\n')}\n`;
}
