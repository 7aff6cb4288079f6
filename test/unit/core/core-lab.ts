/**
 * A core in this process, with a device in memory and on a file of its own, and the `sluice` command as a process
 * that asks it. Whoever makes one closes it.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlClient } from '../../../core/cli/control-client.ts';
import { Core } from '../../../core/core.ts';
import { createLogger } from '../../../core/log/logger.ts';
import { CONTROL_SOCKET } from '../../../core/platform/state-dir.ts';
import { QuietPlatform } from './engine/quiet-platform.ts';

export const program = join(import.meta.dirname, '../../../core/cli/sluice.mjs');

export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export class CoreLab {
  /** For files of a test. */
  readonly dir = mkdtempSync(join(tmpdir(), 'sluice-core-'));
  readonly stateDir = join(this.dir, 'state');
  readonly path = join(this.dir, 'config.yaml');
  readonly client = new ControlClient(join(this.stateDir, CONTROL_SOCKET));
  /** By which a command finds the core. */
  readonly env = { ...process.env, SLUICE_STATE_DIR: this.stateDir };
  #core: Core | null = null;

  get core(): Core {
    if (this.#core === null) throw new Error('the core has not been started');
    return this.#core;
  }

  /** Starts the core with this YAML, or with what is built in (null). */
  async start(yaml: string | null): Promise<Core> {
    if (yaml !== null) writeFileSync(this.path, yaml);
    this.#core = await Core.start({
      configPath: yaml === null ? null : this.path,
      stateDir: this.stateDir,
      log: createLogger({ level: 'silent', write: () => undefined }),
      openPlatform: async () => new QuietPlatform(),
      deviceOf: ({ tun }) => ({ kind: 'memory', mtu: tun.mtu }),
    });
    return this.#core;
  }

  /** What the file says. */
  text(): string {
    return readFileSync(this.path, 'utf8');
  }

  write(name: string, text: string): string {
    const path = join(this.dir, name);
    writeFileSync(path, text);
    return path;
  }

  /** Runs `sluice ARGS` as a process of its own. */
  sluice(...args: readonly string[]): Promise<Outcome> {
    return this.sluiceReading('', ...args);
  }

  /** The same, with a standard input. */
  sluiceReading(input: string, ...args: readonly string[]): Promise<Outcome> {
    return new Promise((resolve) => {
      const command = [program, ...args];
      const child = execFile(process.execPath, command, { env: this.env }, (error, out, err) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err });
      });
      // A command that reads nothing may have ended by then.
      child.stdin?.on('error', () => undefined).end(input);
    });
  }

  async close(): Promise<void> {
    await this.#core?.stop();
    rmSync(this.dir, { recursive: true });
  }
}
