/**
 * How a running core ends: by a signal, or by a defect. Owns the process's signal handlers from
 * its construction on, so that a Ctrl-C while starting is not lost.
 */
import { closeSync, openSync } from 'node:fs';
import type { Logger } from '../log/logger.ts';
import { EXIT_FAILED, EXIT_INTERNAL, EXIT_OK } from './command.ts';

/** Putting everything back takes well under a second; a defect must not keep the process alive. */
const UNDO_LIMIT_MS = 10_000;
/** Under `npm start` one Ctrl-C comes twice: from the terminal, and passed on by npm. */
const SAME_SIGNAL_MS = 500;
/** As a shell reports a process that a signal ended: 128 + SIGINT. */
const EXIT_INTERRUPTED = 130;

/** The part of `Core` that this needs. */
export interface Endable {
  reload(): Promise<unknown>;
  /** Whether everything could be put back. Never rejects. */
  stop(): Promise<boolean>;
}

export class Ending {
  readonly #log: Logger;
  readonly #wanted = Promise.withResolvers<number>();
  #asked = false;
  #askedAt = 0;
  #core: Endable | null = null;
  readonly #hadTerminal = hasTerminal();

  constructor(log: Logger) {
    this.#log = log;
    process.on('SIGINT', this.#onSignal);
    process.on('SIGTERM', this.#onSignal);
    process.on('SIGHUP', this.#onHangUp);
    process.on('uncaughtException', this.#onDefect);
    process.on('unhandledRejection', this.#onDefect);
  }

  /** Resolves to the exit code when the core has been asked to end and has put back what it could. */
  async wait(core: Endable): Promise<number> {
    this.#core = core;
    const code = await this.#wanted.promise;
    const limit = setTimeout(() => process.exit(EXIT_INTERNAL), UNDO_LIMIT_MS);
    const isClean = await core.stop();
    clearTimeout(limit);
    return isClean ? code : Math.max(code, EXIT_FAILED);
  }

  /** Gives the signals back. */
  release(): void {
    process.off('SIGINT', this.#onSignal);
    process.off('SIGTERM', this.#onSignal);
    process.off('SIGHUP', this.#onHangUp);
    process.off('uncaughtException', this.#onDefect);
    process.off('unhandledRejection', this.#onDefect);
  }

  readonly #onSignal = (): void => {
    if (this.#asked) {
      if (performance.now() - this.#askedAt < SAME_SIGNAL_MS) return;
      this.#log.error('FORCED', 'Ended at once. "sluice cleanup" undoes what is left.');
      process.exit(EXIT_INTERRUPTED);
    }
    this.#asked = true;
    this.#askedAt = performance.now();
    this.#log.info('STOPPING', 'Putting everything back. Once more ends at once.');
    this.#wanted.resolve(EXIT_OK);
  };

  /** By hand it means "read the file again"; it also comes when the terminal is closed. */
  readonly #onHangUp = (): void => {
    if (this.#asked) return;
    if (this.#hadTerminal && !hasTerminal()) {
      this.#onSignal();
      return;
    }
    this.#core?.reload().catch((cause: unknown) => {
      this.#log.error('RELOAD', cause instanceof Error ? cause.message : String(cause));
    });
  };

  readonly #onDefect = (cause: unknown): void => {
    const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    this.#log.error('ERR_INTERNAL', `A defect in Sluice: ${reason}`);
    this.#asked = true;
    this.#wanted.resolve(EXIT_INTERNAL);
  };
}

/** Whether this process has a controlling terminal that is still there. */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'));
    return true;
  } catch {
    return false;
  }
}
