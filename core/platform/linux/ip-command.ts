/**
 * Runs iproute2's `ip`: queries as JSON, changes as batches. No shell, bounded output and time;
 * nothing is kept between calls.
 */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { SluiceError } from '../../api/errors.ts';

export type Family = 4 | 6;

const TIMEOUT_MS = 10_000;
/** A full internet routing table does not fit, and need not: such a router names its uplink itself. */
const MAX_OUTPUT_BYTES = 32 * 1024 * 1024;

/** Root's PATH lacks the system folders after a plain `su`. */
export function ipEnvironment(): NodeJS.ProcessEnv {
  return { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`, LC_ALL: 'C' };
}

/** Runs `ip` with these arguments; resolves to its output. */
export function ip(args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    // In a session of its own: Ctrl-C in the terminal must not kill what puts the machine back.
    const child = spawn('ip', args, {
      env: ipEnvironment(),
      detached: true,
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.on('error', (error) => reject(failure(args, input, '', error)));
    child.on('close', (status, signal) => {
      if (status === 0) resolve(stdout());
      else reject(failure(args, input, stderr(), new Error(`it ended with ${signal ?? status}`)));
    });
    // It may end without reading everything; its exit status tells that.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** Gathers a stream up to the limit, beyond which its writer gets a broken pipe. */
function collect(stream: Readable): () => string {
  const chunks: Buffer[] = [];
  let left = MAX_OUTPUT_BYTES;
  stream.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) stream.destroy();
    else chunks.push(chunk);
  });
  return () => Buffer.concat(chunks).toString();
}

/** Runs a query; resolves to the parsed JSON array. A routing table that does not exist is empty. */
export async function ipQuery(args: readonly string[]): Promise<readonly unknown[]> {
  let output: string;
  try {
    output = await ip(['-json', ...args]);
  } catch (error) {
    if (error instanceof Error && error.message.includes('FIB table does not exist')) return [];
    throw error;
  }
  try {
    const parsed: unknown = output.trim() === '' ? [] : JSON.parse(output);
    if (Array.isArray(parsed)) return parsed;
  } catch {
    // Reported below, like any other answer that is not an array.
  }
  throw new SluiceError(
    'ERR_IPROUTE2',
    `ip ${args.join(' ')} did not answer in JSON: a newer iproute2 is needed`,
  );
}

/** Runs commands (without the leading `ip`) in order and stops at the first that fails. */
export async function ipBatch(family: Family, commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  await ip([`-${family}`, '-batch', '-'], `${commands.join('\n')}\n`);
}

/** Runs all commands; one that fails is taken to have been done already. */
export async function ipBatchTolerant(family: Family, commands: readonly string[]): Promise<void> {
  if (commands.length === 0) return;
  try {
    await ip([`-${family}`, '-force', '-batch', '-'], `${commands.join('\n')}\n`);
  } catch (error) {
    if (!(error instanceof SluiceError) || error.code !== 'ERR_ROUTING') throw error;
  }
}

function failure(
  args: readonly string[],
  input: string,
  stderr: string,
  cause: NodeJS.ErrnoException,
): SluiceError {
  if (cause.code === 'ENOENT') {
    return new SluiceError(
      'ERR_IPROUTE2',
      'the program ip is missing: install the package iproute2',
      { cause },
    );
  }
  const said = stderr.trim().split('\n');
  // "Command failed -:3" names the line of a batch.
  const line = Number(/^Command failed -:(\d+)$/.exec(said.at(-1) ?? '')?.[1] ?? '0');
  const command = line > 0 ? input.split('\n')[line - 1] : args.join(' ');
  const why = (said[0] ?? '') || cause.message;
  const hint = /not permitted|permission denied/i.test(why) ? '. Run as root' : '';
  return new SluiceError('ERR_ROUTING', `ip ${command} failed: ${why}${hint}`, { cause });
}
