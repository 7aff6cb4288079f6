/** The `sluice` program: finds the command, runs it, and turns errors into words and exit codes. */
import { SluiceError } from '../api/errors.ts';
import { EXIT_FAILED, EXIT_INTERNAL, EXIT_OK, EXIT_USAGE, UsageError } from './command.ts';
import type { Command, Terminal } from './command.ts';
import { quote, suggestion } from '../../rules/text.ts';
import { productVersion } from '../version.ts';

interface Listed {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Loads the command: most need a small part of the program. */
  readonly load: () => Promise<{ readonly command: Command }>;
}

const COMMANDS: readonly Listed[] = [
  {
    name: 'run',
    summary: 'put this machine on the right proxy, until Ctrl-C',
    load: () => import('./commands/run.ts'),
  },
  {
    name: 'check',
    summary: 'look for mistakes in a configuration file',
    load: () => import('./commands/check.ts'),
  },
  {
    name: 'lint',
    summary: 'find rules and names that do nothing, and remove them',
    load: () => import('./commands/lint.ts'),
  },
  {
    name: 'explain',
    summary: 'show which rule decides about a destination, and why',
    load: () => import('./commands/explain.ts'),
  },
  {
    name: 'status',
    summary: 'show how the running Sluice is',
    load: () => import('./commands/status.ts'),
  },
  {
    name: 'doctor',
    summary: 'test whether everything goes the way it should',
    load: () => import('./commands/doctor.ts'),
  },
  {
    name: 'flows',
    summary: 'list what goes through, live',
    load: () => import('./commands/flows.ts'),
  },
  {
    name: 'ui',
    summary: 'open the interface in a browser',
    load: () => import('./commands/ui.ts'),
  },
  {
    name: 'dns',
    summary: 'look a name up, list queries, flush the cache',
    load: () => import('./commands/dns.ts'),
  },
  {
    name: 'rules',
    summary: 'list the rules of the file, add, remove, move, disable and enable them',
    load: () => import('./commands/rules.ts'),
  },
  {
    name: 'get',
    summary: 'show the settings of the file and their defaults',
    load: () => import('./commands/get.ts'),
  },
  {
    name: 'set',
    summary: 'change one setting of the file',
    load: () => import('./commands/set.ts'),
  },
  {
    name: 'history',
    summary: 'list the changes of the file, show them, undo and redo them',
    load: () => import('./commands/history.ts'),
  },
  {
    name: 'proxies',
    summary: 'list proxies and groups; add, remove and check proxies',
    load: () => import('./commands/proxies.ts'),
  },
  {
    name: 'import',
    summary: 'take proxies over from Clash, a subscription, lines or Proxifier',
    load: () => import('./commands/import.ts'),
  },
  {
    name: 'select',
    summary: 'choose the member that a group uses',
    load: () => import('./commands/select.ts'),
  },
  {
    name: 'test',
    summary: 'measure the delay of a proxy or of a group',
    load: () => import('./commands/test.ts'),
  },
  {
    name: 'mode',
    summary: 'show or switch the mode: rule, global, direct',
    load: () => import('./commands/mode.ts'),
  },
  {
    name: 'tun',
    summary: 'show or switch whether traffic is captured: on, off',
    load: () => import('./commands/tun.ts'),
  },
  {
    name: 'record',
    summary: 'record packets of one flow or of all into a capture file',
    load: () => import('./commands/record.ts'),
  },
  { name: 'close', summary: 'end one flow', load: () => import('./commands/close.ts') },
  {
    name: 'providers',
    summary: 'list and refresh lists and data from files and servers',
    load: () => import('./commands/providers.ts'),
  },
  {
    name: 'reload',
    summary: 'read the configuration again',
    load: () => import('./commands/reload.ts'),
  },
  {
    name: 'cleanup',
    summary: 'undo what a killed run left behind',
    load: () => import('./commands/cleanup.ts'),
  },
];

/** Runs `argv` (without the program's own name) and resolves to the exit code. Never rejects. */
export async function main(argv: readonly string[]): Promise<number> {
  let open = true;
  const terminal: Terminal = {
    out: (text) => void process.stdout.write(text),
    outBytes: (bytes) =>
      new Promise((resolve) => {
        // That it failed is told by the `error` event.
        process.stdout.write(bytes, () => resolve());
      }),
    outOpen: () => open,
    err: (text) => void process.stderr.write(text),
  };
  // `sluice flows | head` ends the reader first, and a terminal may be closed while the tunnel
  // is up: neither may end the process before everything is put back.
  process.stderr.on('error', () => undefined);
  process.stdout.on('error', () => {
    open = false;
  });
  const [name = '', ...args] = argv;
  try {
    return await dispatch(name, args, terminal);
  } catch (cause) {
    return report(cause, name, terminal);
  }
}

async function dispatch(
  name: string,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  if (name === '') {
    terminal.err(usage());
    return EXIT_USAGE;
  }
  if (name === '--version' || name === '-V' || name === 'version') {
    terminal.out(`sluice ${productVersion()}\n`);
    return EXIT_OK;
  }
  if (name === '--help' || name === '-h' || (name === 'help' && args.length === 0)) {
    terminal.out(usage());
    return EXIT_OK;
  }
  const wanted = name === 'help' ? (args[0] ?? '') : name;
  const listed = COMMANDS.find((each) => each.name === wanted);
  if (listed === undefined) throw unknownCommand(wanted);
  const { command } = await listed.load();
  if (name === 'help' || wantsHelp(args)) {
    terminal.out(`${command.help}\n`);
    return EXIT_OK;
  }
  return command.run(args, terminal);
}

function wantsHelp(args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const options = end < 0 ? args : args.slice(0, end);
  return options.includes('--help') || options.includes('-h');
}

function unknownCommand(name: string): UsageError {
  const names = COMMANDS.map((command) => command.name);
  return new UsageError(`there is no command ${quote(name)}${suggestion(name, names)}`);
}

function report(cause: unknown, name: string, terminal: Terminal): number {
  const help = COMMANDS.some((command) => command.name === name) ? `${name} --help` : '--help';
  if (cause instanceof UsageError || isArgumentError(cause)) {
    terminal.err(`sluice: ${cause.message}\nTry: sluice ${help}\n`);
    return EXIT_USAGE;
  }
  if (cause instanceof SluiceError) {
    terminal.err(`sluice: ${cause.message} [${cause.code}]\n`);
    return EXIT_FAILED;
  }
  const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  terminal.err(`sluice: this is a defect in Sluice: ${reason}\n`);
  return EXIT_INTERNAL;
}

/** What `parseArgs` of node:util throws. */
function isArgumentError(cause: unknown): cause is Error {
  return (
    cause instanceof TypeError &&
    'code' in cause &&
    typeof cause.code === 'string' &&
    cause.code.startsWith('ERR_PARSE_ARGS_')
  );
}

function usage(): string {
  const width = Math.max(...COMMANDS.map((command) => command.name.length));
  const list = COMMANDS.map(
    (command) => `  ${command.name.padEnd(width)}  ${command.summary}\n`,
  ).join('');
  return [
    'Sluice puts a whole machine on the right proxy.\n\n',
    'Usage: sluice COMMAND [OPTIONS]\n\n',
    list,
    '\n"sluice COMMAND --help" tells more about one of them.\n',
  ].join('');
}
