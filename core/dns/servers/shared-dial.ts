/**
 * One attempt to connect for all who wait for it. It ends when none of them waits any more, and
 * notices when it would have to wait for itself.
 */
import { assertNoCircle, within } from '../lookup-chain.ts';

interface Attempt<T> {
  readonly result: Promise<T>;
  readonly abort: AbortController;
}

export class SharedDial<T> {
  readonly #step: string;
  readonly #dial: (signal: AbortSignal) => Promise<T>;
  readonly #discard: (connection: T) => void;
  #attempt: Attempt<T> | null = null;
  #waiting = 0;

  /** `name` is the server's; `discard` gets what nobody waits for. */
  constructor(
    name: string,
    dial: (signal: AbortSignal) => Promise<T>,
    discard: (connection: T) => void,
  ) {
    this.#step = `the way to ${name}`;
    this.#dial = dial;
    this.#discard = discard;
  }

  /** Rejects with what the dial rejects with, `ServerFailure` for a circle, or the signal's reason. */
  async join(signal: AbortSignal): Promise<T> {
    signal.throwIfAborted();
    assertNoCircle(this.#step);
    const attempt = (this.#attempt ??= this.#begin());
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    this.#waiting += 1;
    try {
      return await Promise.race([attempt.result, aborted]);
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#waiting -= 1;
      if (this.#waiting === 0 && this.#attempt === attempt) this.#giveUp(attempt);
    }
  }

  #begin(): Attempt<T> {
    const abort = new AbortController();
    const result = within(this.#step, () => this.#dial(abort.signal));
    const attempt = { result, abort };
    result.then(
      (connection) => {
        if (this.#attempt === attempt) this.#attempt = null;
        else this.#discard(connection);
      },
      () => {
        if (this.#attempt === attempt) this.#attempt = null;
      },
    );
    return attempt;
  }

  #giveUp(attempt: Attempt<T>): void {
    this.#attempt = null;
    attempt.abort.abort(new Error('nobody waits for it any more'));
  }
}
