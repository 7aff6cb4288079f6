/** `sluice ui`: opens the interface of the running core in a browser. */
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { endpoints } from '../../api/endpoints.ts';
import { EXIT_OK } from '../command.ts';
import type { Command } from '../command.ts';
import { assertArguments, controlClient } from '../options.ts';

export const command: Command = {
  help: [
    'Usage: sluice ui [--print]',
    '',
    'Opens the interface of the running Sluice in your browser, with a link that works',
    'once, within ten minutes. Where there is no desktop, it prints the link.',
    '',
    'Options:',
    '  --print   only print the link',
  ].join('\n'),
  async run(args, terminal) {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { print: { type: 'boolean', default: false } },
      allowPositionals: true,
    });
    assertArguments(positionals, []);
    const { url } = await controlClient().call(endpoints.uiLink);
    const isOpen = !values.print && hasDesktop() && (await openInBrowser(url));
    terminal.out(isOpen ? 'Opened in your browser.\n' : `${url}\n`);
    return EXIT_OK;
  },
};

function hasDesktop(): boolean {
  return ['DISPLAY', 'WAYLAND_DISPLAY'].some((name) => (process.env[name] ?? '') !== '');
}

/** Where it starts a browser that did not run, it may end with that one only. */
const PATIENCE_MS = 3_000;

/** Whether a program took the link. */
async function openInBrowser(url: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const opener = spawn('xdg-open', [url], { stdio: 'ignore', detached: true });
  opener.once('error', () => resolve(false));
  opener.once('exit', (code) => resolve(code === 0));
  const timer = setTimeout(() => resolve(true), PATIENCE_MS);
  const isOpen = await promise;
  clearTimeout(timer);
  opener.unref();
  return isOpen;
}
