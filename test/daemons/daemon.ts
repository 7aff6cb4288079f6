/**
 * Starts a real server program for a test, waits until it listens, and stops it again. Nothing
 * outlives the test process: what is still running when it exits is killed, by process group.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { readFile, readdir, readlink, mkdtemp } from 'node:fs/promises';
import { Socket, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface DaemonOptions {
  /** Put before the command, for example `['ip', 'netns', 'exec', 'net']`. */
  readonly prefix?: readonly string[];
  /** IP literal to listen on; 127.0.0.1 if absent. */
  readonly address?: string;
  /** A port that is free in this process's own namespace if absent. */
  readonly port?: number;
  /** Where its folder is made; the system's temporary folder if absent. */
  readonly parent?: string;
}

export interface Daemon {
  /** The IP literal and port it listens on. */
  readonly address: string;
  readonly port: number;
  readonly pid: number;
  /** Its configuration and logs; removed by `stop`. */
  readonly folder: string;
  /** Resolves when the process and its children are gone. Safe to call twice. */
  stop(): Promise<void>;
}

export interface Program {
  readonly name: string;
  /** For a program that is slow to obey SIGTERM and has nothing to lose. */
  readonly stopSignal?: 'SIGKILL';
  /** Writes the configuration to `folder`; says what to run so that it listens on the end point. */
  prepare(place: { folder: string; address: string; port: number }): Promise<{
    readonly command: string;
    readonly args: readonly string[];
  }>;
}

const START_LIMIT_MS = 15_000;
const STOP_LIMIT_MS = 3_000;
const KEPT_OUTPUT = 8_192;

/** Each with its folder. */
const running = new Map<ChildProcess, string>();
process.on('exit', () => {
  for (const [child, folder] of running) {
    signalGroup(child, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});
// By default a signal ends the process without an exit event. Whoever else listens decides instead.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    if (process.listenerCount(signal) === 0) process.exit(1);
  });
}

export async function startDaemon(program: Program, options: DaemonOptions = {}): Promise<Daemon> {
  const folder = await mkdtemp(path.join(options.parent ?? tmpdir(), `sluice-${program.name}-`));
  const address = options.address ?? '127.0.0.1';
  const port = options.port ?? (await freePort());
  const { command, args } = await program.prepare({ folder, address, port });
  const [first = command, ...rest] = [...(options.prefix ?? []), command, ...args];
  // A group of its own: daemons that fork are stopped as one.
  const child = spawn(first, rest, {
    cwd: folder,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // A test that forgot to stop it ends all the same.
  child.unref();
  running.set(child, folder);
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-KEPT_OUTPUT);
  };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', keep);
    if (stream instanceof Socket) stream.unref();
  }
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', (error) => {
      output += error.message;
      resolve();
    });
  }).then(() => {
    running.delete(child);
    rmSync(folder, { recursive: true, force: true });
  });
  const stop = async (): Promise<void> => {
    signalGroup(child, program.stopSignal ?? 'SIGTERM');
    const late = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_LIMIT_MS);
    await gone;
    clearTimeout(late);
    signalGroup(child, 'SIGKILL');
  };
  try {
    await waitUntilListening(child, port);
  } catch (error) {
    await stop();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${program.name} did not start on ${address}:${port}: ${reason}\n${output}`, {
      cause: error,
    });
  }
  return { address, port, pid: child.pid ?? 0, folder, stop };
}

/** A TCP port that nobody listened on a moment ago, in this process's own namespace. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // The group is gone already.
  }
}

/**
 * Asks the kernel, not the port: /proc/PID/net shows the process's own namespace, and the socket
 * has to belong to that very process, so another's listener on the same port does not deceive us.
 */
async function waitUntilListening(child: ChildProcess, port: number): Promise<void> {
  const until = Date.now() + START_LIMIT_MS;
  while (Date.now() < until) {
    if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) {
      throw new Error('it ended at once');
    }
    if (await isListening(child.pid, port)) return;
    await sleep(20);
  }
  throw new Error(`it did not listen within ${START_LIMIT_MS} ms`);
}

async function isListening(pid: number, port: number): Promise<boolean> {
  const inodes = new Set([
    ...(await listenersOf(`/proc/${pid}/net/tcp`, port)),
    ...(await listenersOf(`/proc/${pid}/net/tcp6`, port)),
  ]);
  if (inodes.size === 0) return false;
  const folder = `/proc/${pid}/fd`;
  const names = await readdir(folder).catch(() => []);
  const links = await Promise.all(names.map((fd) => readlink(`${folder}/${fd}`).catch(() => '')));
  return links.some((link) => inodes.has(link));
}

/** Links of the sockets that listen on the port, as they appear in /proc/PID/fd. */
async function listenersOf(table: string, port: number): Promise<string[]> {
  const text = await readFile(table, 'utf8').catch(() => '');
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const LISTEN = '0A';
  return text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter((field) => field[1]?.endsWith(wanted) && field[3] === LISTEN)
    .map((field) => `socket:[${field[9]}]`);
}
