/** What `sluice proxies` changes and tests: the upstreams of the running configuration's file. */
import { endpoints } from '../api/endpoints.ts';
import { SluiceError } from '../api/errors.ts';
import type { UpstreamEdit, UpstreamSettings, UpstreamTestStep } from '../api/upstreams.ts';
import { showApplied } from './applied.ts';
import { EXIT_FAILED, EXIT_OK } from './command.ts';
import type { Terminal } from './command.ts';
import { formatMilliseconds, printable } from './format.ts';
import { controlClient, toJson } from './options.ts';

export interface AddOptions {
  readonly name: string | undefined;
  readonly groups: readonly string[];
  readonly match: boolean;
  readonly json: boolean;
}

export async function addProxy(
  line: string,
  { name, groups, match, json }: AddOptions,
  terminal: Terminal,
): Promise<number> {
  const settings = await settingsOf(line, name);
  return change({ op: 'add', settings, groups, match }, json, terminal);
}

export function removeProxy(
  name: string,
  force: boolean,
  json: boolean,
  terminal: Terminal,
): Promise<number> {
  return change({ op: 'remove', name, force }, json, terminal);
}

/** A proxy that is there, or a line that names one. */
export async function checkProxy(
  which: string,
  json: boolean,
  terminal: Terminal,
): Promise<number> {
  const isLine = /:\/\//.test(which);
  const body = isLine
    ? { settings: await settingsOf(which, undefined), name: null }
    : { settings: null, name: which };
  const steps: UpstreamTestStep[] = [];
  for await (const step of controlClient().stream(endpoints.testUpstream, { body })) {
    if (step.state === 'running') continue;
    steps.push(step);
    if (!json) terminal.out(stepLine(step));
  }
  if (json) terminal.out(toJson(steps));
  return steps.some(({ state }) => state === 'failed') ? EXIT_FAILED : EXIT_OK;
}

async function settingsOf(line: string, name: string | undefined): Promise<UpstreamSettings> {
  const { proxies } = await controlClient().call(endpoints.previewImport, { body: { text: line } });
  const [proxy, second] = proxies;
  if (proxy === undefined || second !== undefined) {
    const message = 'Write one proxy, such as socks5://user:password@host:port#name.';
    throw new SluiceError('ERR_IMPORT_FORMAT', message);
  }
  return { ...proxy.settings, name: name ?? proxy.settings.name };
}

async function change(edit: UpstreamEdit, json: boolean, terminal: Terminal): Promise<number> {
  const body = { edit, author: 'cli' as const };
  const done = await controlClient().call(endpoints.editUpstreams, { body });
  return showApplied(done.result, terminal, json ? done : null);
}

const SIGNS: Readonly<Record<UpstreamTestStep['state'], string>> = {
  ...{ running: '…', ok: 'ok', warning: 'warning', failed: 'FAILED', skipped: '-' },
};

function stepLine({ step, state, milliseconds, message, fix }: UpstreamTestStep): string {
  const time = milliseconds === null ? '' : formatMilliseconds(milliseconds);
  const line = `${step.padEnd(8)} ${SIGNS[state].padEnd(8)} ${time.padEnd(8)} ${message}`;
  const advice = fix === '' ? '' : `${' '.repeat(27)}${fix}`;
  return [line, advice]
    .filter((part) => part !== '')
    .map((part) => `${printable(part).trimEnd()}\n`)
    .join('');
}
