/** Real clients, and what they saw, in a word. */
import { join } from 'node:path';

import type { Lab } from './lab.ts';
import type { NamespaceName } from './namespaces.ts';
import type { ExecOptions } from './processes.ts';

/** The body, by curl with the lab's CA. Throws where curl fails. */
export function curl(
  lab: Lab,
  from: NamespaceName,
  url: string,
  args: readonly string[] = [],
  options: ExecOptions = {},
): Promise<string> {
  const common = ['-sS', '--max-time', '60', '--cacert', lab.certificates.ca];
  return lab.output(from, 'curl', [...common, ...args, url], { timeout: 70_000, ...options });
}

export type ConnectResult =
  'connected' | 'refused' | 'host unreachable' | 'net unreachable' | 'timeout';

const ncWords: readonly (readonly [string, ConnectResult])[] = [
  ['succeeded', 'connected'],
  ['Connection refused', 'refused'],
  ['No route to host', 'host unreachable'],
  ['Network is unreachable', 'net unreachable'],
  ['timed out', 'timeout'],
];

/** What connect(2) said; a timeout after `seconds`. */
export async function connectResult(
  lab: Lab,
  from: NamespaceName,
  address: string,
  port: number,
  seconds = 3,
): Promise<ConnectResult> {
  const args = ['-v', '-n', '-z', '-w', String(seconds), address, String(port)];
  const { stderr } = await lab.exec(from, 'nc', args);
  const known = ncWords.find(([words]) => stderr.includes(words));
  if (known === undefined) throw new Error(`nc ${args.join(' ')} said: ${stderr}`);
  return known[1];
}

export interface TalkResult {
  /** Bytes that were read. */
  readonly bytes: number;
  readonly text: string;
  /** How reading ended: `end` for a FIN, else the name of the error. */
  readonly ending: string;
}

/** What programs/talk.ts does with `plan`. */
export async function talk(
  lab: Lab,
  from: NamespaceName,
  address: string,
  port: number,
  plan: 'half-close' | 'answer-after-end' | 'read' | 'write',
  timeout = 30_000,
): Promise<TalkResult> {
  const program = join(import.meta.dirname, 'programs/talk.ts');
  const args = [program, address, String(port), plan];
  const outcome = await lab.exec(from, process.execPath, args, { timeout });
  if (outcome.timedOut) return { bytes: NaN, text: '', ending: 'hung' };
  return JSON.parse(outcome.stdout) as TalkResult;
}
