/**
 * Sluice as a user runs it, in a namespace of the lab. An `Instance` owns its process, its
 * configuration file and its state folder; the folders go with the lab.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { FlowInfo } from '../../core/api/flows.ts';
import type { Status } from '../../core/api/status.ts';
import { endpoints } from '../../core/api/endpoints.ts';
import { ControlClient } from '../../core/cli/control-client.ts';
import { CONTROL_SOCKET } from '../../core/platform/state-dir.ts';
import { Daemon, exec } from './processes.ts';
import type { Outcome, Place } from './processes.ts';

const program = join(import.meta.dirname, '../../core/cli/sluice.mjs');

export class Instance {
  readonly configPath: string;
  /** Whether it was told which configuration to use. */
  readonly #isTold: boolean;
  readonly #place: Place;
  readonly #stateDir: string;
  /** Where it listens. */
  readonly socketPath: string;
  /** Asks it what has no method here. */
  readonly client: ControlClient;
  #daemon: Daemon;

  private constructor(place: Place, folder: string, config: string | null) {
    this.#place = place;
    this.#stateDir = join(folder, 'state');
    this.#isTold = config !== null;
    this.configPath = join(this.#isTold ? folder : this.#stateDir, 'config.yaml');
    if (config !== null) this.writeConfig(config);
    this.socketPath = join(this.#stateDir, CONTROL_SOCKET);
    this.client = new ControlClient(this.socketPath);
    this.#daemon = this.#spawn();
  }

  /**
   * Starts `sluice run` and waits until it runs. `folder` is where to put its files. Without a
   * configuration it makes one of its own, as at the first start on a machine.
   */
  static async start(place: Place, folder: string, config: string | null): Promise<Instance> {
    const instance = new Instance(place, mkdtempSync(join(folder, 'sluice-')), config);
    await instance.#untilRunning();
    return instance;
  }

  /** Starts another process on the same configuration and state folder, without waiting. */
  startAnother(): Daemon {
    return this.#spawn();
  }

  get daemon(): Daemon {
    return this.#daemon;
  }

  get pid(): number {
    return this.daemon.pid;
  }

  writeConfig(config: string): void {
    writeFileSync(this.configPath, config);
  }

  /** Writes a configuration and applies it; throws if it is refused. */
  async apply(config: string): Promise<void> {
    this.writeConfig(config);
    const result = await this.client.call(endpoints.reload);
    if (!result.applied) throw new Error(`refused: ${JSON.stringify(result.problems)}`);
  }

  async status(): Promise<Status> {
    return await this.client.call(endpoints.status);
  }

  async counters(): Promise<Record<string, number>> {
    return await this.client.call(endpoints.counters);
  }

  /** Newest first. */
  async flows(state: 'live' | 'closed' | 'all' = 'all'): Promise<readonly FlowInfo[]> {
    return (await this.client.call(endpoints.flows, { query: { state } })).flows;
  }

  /** Runs `sluice ARGS` against this instance. */
  cli(...args: string[]): Promise<Outcome> {
    return exec(this.#place, process.execPath, [program, ...args], { env: this.environment });
  }

  /** Runs `sluice ARGS` beside the test. */
  startCli(...args: string[]): Daemon {
    return new Daemon(this.#place, process.execPath, [program, ...args], { env: this.environment });
  }

  /** Stops it, and starts it again on the same configuration and state folder. */
  async restart(): Promise<void> {
    await this.stop();
    this.#daemon = this.#spawn();
    await this.#untilRunning();
  }

  /** Asks it to stop, as Ctrl-C does, and waits until it has. */
  async stop(): Promise<void> {
    await this.daemon.stop('SIGINT', 10_000);
  }

  async #untilRunning(): Promise<void> {
    await this.daemon.until('run', () => this.#isRunning(), 20_000);
  }

  /** By which its command finds it. */
  get environment(): Record<string, string> {
    return { SLUICE_STATE_DIR: this.#stateDir };
  }

  #spawn(): Daemon {
    const args = [program, 'run', ...(this.#isTold ? ['-c', this.configPath] : [])];
    return new Daemon(this.#place, process.execPath, args, { env: this.environment });
  }

  async #isRunning(): Promise<boolean> {
    try {
      return (await this.status()).state === 'running';
    } catch {
      return false;
    }
  }
}
