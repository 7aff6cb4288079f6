/** Runs a program of the system to its end. No shell, bounded output and time. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

const TIMEOUT_MS = 10_000;
/** A full internet routing table does not fit, and need not: such a router names its uplink itself. */
const MAX_OUTPUT_BYTES = 32 * 1024 * 1024;

/** It is not there, or did not end with status 0. */
export class ToolError extends Error {
  readonly isMissing: boolean;
  readonly stderr: string;

  constructor(message: string, isMissing: boolean, stderr: string) {
    super(message);
    this.isMissing = isMissing;
    this.stderr = stderr;
  }
}

/** Root's PATH lacks the system folders after a plain `su`. */
export function toolEnvironment(): NodeJS.ProcessEnv {
  const { PATH = '', DBUS_SYSTEM_BUS_ADDRESS } = process.env;
  return {
    PATH: `${PATH}:/usr/sbin:/sbin:/usr/bin:/bin`,
    LC_ALL: 'C',
    ...(DBUS_SYSTEM_BUS_ADDRESS === undefined ? {} : { DBUS_SYSTEM_BUS_ADDRESS }),
  };
}

/** Resolves to its output; rejects with `ToolError`. */
export function runTool(program: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    // In a session of its own: Ctrl-C in the terminal must not kill what puts the machine back.
    const child = spawn(program, args, {
      env: toolEnvironment(),
      detached: true,
      timeout: TIMEOUT_MS,
      killSignal: 'SIGKILL',
    });
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(new ToolError(error.message, error.code === 'ENOENT', '')),
    );
    child.on('close', (status, signal) => {
      if (status === 0) resolve(stdout());
      else reject(new ToolError(`it ended with ${signal ?? status}`, false, stderr()));
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
