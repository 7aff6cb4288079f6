/** The engine's state and which changes of it make sense; the diagram is in `core/api/status.ts`. */
import { SluiceError, toApiError } from '../api/errors.ts';
import type { ApiError } from '../api/errors.ts';
import type { EngineState } from '../api/status.ts';

const NEXT: Readonly<Record<EngineState, readonly EngineState[]>> = {
  stopped: ['starting'],
  starting: ['running', 'error'],
  running: ['reloading', 'stopping', 'error'],
  reloading: ['running', 'error'],
  stopping: ['stopped'],
  error: [],
};

export class Lifecycle {
  #state: EngineState = 'stopped';
  #since = Date.now();
  #error: ApiError | null = null;

  get state(): EngineState {
    return this.#state;
  }

  /** Milliseconds since the epoch. */
  get since(): number {
    return this.#since;
  }

  get error(): ApiError | null {
    return this.#error;
  }

  /** Throws `ERR_ENGINE_STATE` where the change makes no sense. */
  to(next: EngineState): void {
    if (!NEXT[this.#state].includes(next)) {
      throw new SluiceError(
        'ERR_ENGINE_STATE',
        `The engine is ${this.#state} and cannot become ${next}.`,
      );
    }
    // Whoever asks how long it has been running does not mean since it read its file again.
    const isReload = next === 'reloading' || (this.#state === 'reloading' && next === 'running');
    this.#state = next;
    if (!isReload) this.#since = Date.now();
  }

  fail(cause: unknown): void {
    this.to('error');
    this.#error = toApiError(cause);
  }
}
