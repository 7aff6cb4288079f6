/**
 * Commands and daemons inside a network namespace. Each sees the lab's resolv.conf through a
 * private mount, so that nothing outside the namespace changes. A `Daemon` is owned by its caller;
 * whatever is forgotten dies with the namespace (namespaces.ts).
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Where a command runs. */
export interface Place {
  /** Name of the network namespace. */
  readonly namespace: string;
  /** Absolute path of the file that the command sees as /etc/resolv.conf. */
  readonly resolvConf: string;
}

export interface ExecOptions {
  /** Milliseconds until the command is killed; 30 s by default. */
  readonly timeout?: number;
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

export interface DaemonOptions extends Omit<ExecOptions, 'timeout'> {
  /** Leaves the process's input open. */
  readonly keepInput?: boolean;
}

export interface Outcome {
  /** The exit status; null: a signal ended it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** It was killed because its time was up. */
  readonly timedOut: boolean;
}

/** What to put before a command so that it runs in the place. The process keeps its pid. */
export function prefixFor(place: Place): string[] {
  const script = 'mount --bind "$0" /etc/resolv.conf && exec "$@"';
  return ['ip', 'netns', 'exec', place.namespace, 'sh', '-c', script, place.resolvConf];
}

function spawnIn(place: Place, command: string, args: readonly string[], options: ExecOptions) {
  const [first = '', ...rest] = [...prefixFor(place), command, ...args];
  return spawn(first, rest, {
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
}

/** Runs a command to its end. Rejects only if it cannot be started. */
export async function exec(
  place: Place,
  command: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<Outcome> {
  const child = spawnIn(place, command, args, options);
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(options.input);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    child.kill('SIGKILL');
  }, options.timeout ?? 30_000);
  const [status] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return {
    status,
    stdout: Buffer.concat(stdout).toString(),
    stderr: Buffer.concat(stderr).toString(),
    timedOut,
  };
}

/** Runs a command and returns what it printed; throws, with its words, unless it exits with 0. */
export async function output(
  place: Place,
  command: string,
  args: readonly string[],
  options: ExecOptions = {},
): Promise<string> {
  const outcome = await exec(place, command, args, options);
  if (outcome.status === 0) return outcome.stdout;
  const how = outcome.timedOut ? 'ran out of time' : `exited with ${outcome.status}`;
  const line = [command, ...args].join(' ');
  throw new Error(`${line} in ${place.namespace} ${how}:\n${outcome.stdout}${outcome.stderr}`);
}

/** A process that runs until it is stopped. Its last output is kept for error messages. */
export class Daemon {
  readonly name: string;
  readonly child: ChildProcess;
  /** Resolves when the process has ended. */
  readonly exited: Promise<unknown>;
  #log = '';

  constructor(place: Place, command: string, args: readonly string[], options: DaemonOptions = {}) {
    const child = spawnIn(place, command, args, options);
    this.name = command;
    this.child = child;
    this.exited = new Promise((resolve) => child.once('exit', resolve).once('error', resolve));
    child.stdin.on('error', () => {});
    if (options.input !== undefined) child.stdin.write(options.input);
    if (options.keepInput !== true) child.stdin.end();
    const keep = (chunk: Buffer): void => {
      this.#log = (this.#log + chunk.toString()).slice(-65_536);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.on('error', (error) => (this.#log += String(error)));
  }

  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined) throw new Error(`${this.name} could not be started: ${this.#log}`);
    return pid;
  }

  get log(): string {
    return this.#log;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits for a listening TCP port (of anyone in the namespace); throws if the process ends first. */
  async listening(port: number, timeout = 10_000): Promise<this> {
    return this.until(`listen on port ${port}`, () => isListening(this.pid, port), timeout);
  }

  /** Polls until `ready` says so; throws with the process's output when it ends or time is up. */
  async until(
    what: string,
    ready: () => boolean | Promise<boolean>,
    timeout = 10_000,
  ): Promise<this> {
    const deadline = Date.now() + timeout;
    while (!(await ready())) {
      if (!this.running)
        throw new Error(`${this.name} ended before it could ${what}:\n${this.log}`);
      if (Date.now() > deadline) throw new Error(`${this.name} did not ${what}:\n${this.log}`);
      await sleep(20);
    }
    return this;
  }

  /** Signals the process, and kills it if it has not ended after `grace` milliseconds. */
  async stop(signal: NodeJS.Signals = 'SIGTERM', grace = 5_000): Promise<void> {
    if (!this.running) return;
    this.child.kill(signal);
    const timer = setTimeout(() => this.child.kill('SIGKILL'), grace);
    await this.exited;
    clearTimeout(timer);
  }
}

/** Whether anyone in the network namespace of `pid` listens on this TCP port. */
function isListening(pid: number, port: number): boolean {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['tcp', 'tcp6'].some((table) => {
    let text: string;
    try {
      text = readFileSync(`/proc/${pid}/net/${table}`, 'latin1');
    } catch {
      return false;
    }
    return text.split('\n').some((row) => {
      const [, local, , state] = row.trim().split(/\s+/);
      return state === '0A' && local !== undefined && local.endsWith(suffix);
    });
  });
}
