/**
 * Running other programs from the build and test scripts: where the project is, how a
 * command is run, and how a script ends. Holds no state.
 */
import { spawn } from 'node:child_process';
import { accessSync, constants as access, statSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';

/** The project's folder, absolute. */
export const root: string = path.resolve(import.meta.dirname, '..');

/** What scripts keep between runs: downloads, hashes, compiled tests. Safe to delete. */
export const cacheDir: string = path.join(root, '.cache');

/** Something that the person who ran a script can act on; shown without a stack. */
export class BuildError extends Error {}

export interface RunOptions {
  /** Default: the project's folder. */
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Keep the output to ourselves, and show it only if the command fails. */
  readonly quiet?: boolean;
}

/** Runs a command to its end and gives all that it printed if `quiet`, else ''. Throws `BuildError` if it fails. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const result = await attempt(command, args, options);
  if (result.code === 0) return result.output;
  const shown = [command, ...args].join(' ');
  throw new BuildError(
    `this command failed (${result.code}): ${shown}${result.output === '' ? '' : `\n${result.output.trim()}`}`,
  );
}

export interface Outcome {
  /** The exit code, or the signal that ended it. */
  readonly code: number | NodeJS.Signals;
  /** Empty unless `quiet`. */
  readonly stdout: string;
  /** Standard output and standard error together; empty unless `quiet`. */
  readonly output: string;
}

/**
 * Runs a command to its end, whatever that is. Throws `BuildError` only if it cannot be started.
 * Being told to end meanwhile ends the command, and then this process.
 */
export async function attempt(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Outcome> {
  const stdio = options.quiet ? 'pipe' : 'inherit';
  const child = spawn(command, args, {
    cwd: options.cwd ?? root,
    env: options.env ?? process.env,
    stdio: ['ignore', stdio, stdio],
  });
  let stdout = '';
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    output += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  let interrupted: NodeJS.Signals | null = null;
  const passOn = (signal: NodeJS.Signals): void => {
    interrupted = signal;
    child.kill(signal);
  };
  process.on('SIGINT', passOn).on('SIGTERM', passOn);
  try {
    return await new Promise((resolve, reject) => {
      child.once('error', (error) => {
        reject(new BuildError(`cannot start ${command}: ${error.message}`, { cause: error }));
      });
      child.once('close', (code, signal) => {
        if (interrupted !== null) process.exit(128 + constants.signals[interrupted]);
        resolve({ code: signal ?? code ?? 1, stdout, output });
      });
    });
  } finally {
    process.off('SIGINT', passOn).off('SIGTERM', passOn);
  }
}

/** Absolute path of a command, or null. Looks where administrators' commands are, too. */
export function findCommand(name: string): string | null {
  const folders = [
    ...(process.env['PATH'] ?? '').split(path.delimiter),
    '/usr/local/sbin',
    '/usr/sbin',
    '/sbin',
  ];
  for (const folder of folders) {
    const file = path.join(folder, name);
    try {
      accessSync(file, access.X_OK);
      if (folder !== '' && statSync(file).isFile()) return file;
    } catch {
      continue;
    }
  }
  return null;
}

/** The main function of a script: a `BuildError` becomes one message and exit code 1. */
export async function script(body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(`error: ${error.message}`);
    process.exitCode = 1;
  }
}
