/**
 * How long a request may take: in all, and without a single byte. Owns its timers until `end`;
 * its signal aborts when time is up or the caller gave up, with the reason as an `HttpError`.
 */
import { HttpError } from './http-error.ts';

export class Deadline {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal;
  readonly #url: string;
  readonly #whole: NodeJS.Timeout;
  readonly #stall: NodeJS.Timeout;

  constructor(url: string, timeoutMs: number, stallMs: number, caller: AbortSignal) {
    this.#url = url;
    this.#caller = caller;
    this.#whole = setTimeout(
      () => this.#late(`it took longer than ${timeoutMs / 1000} s`),
      timeoutMs,
    );
    this.#stall = setTimeout(() => this.#late(`nothing came for ${stallMs / 1000} s`), stallMs);
    caller.addEventListener('abort', this.#onAbort);
    if (caller.aborted) this.#onAbort();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Something moved. */
  progress(): void {
    this.#stall.refresh();
  }

  /** Rejects when the signal aborts, also where `work` does not notice. */
  async race<T>(work: Promise<T>, onLate: (value: T) => void): Promise<T> {
    const { signal } = this;
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = (): void => reject(signal.reason as HttpError);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
    try {
      return await Promise.race([work, aborted]);
    } catch (cause) {
      work.then(onLate, () => undefined);
      throw cause;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  end(): void {
    clearTimeout(this.#whole);
    clearTimeout(this.#stall);
    this.#caller.removeEventListener('abort', this.#onAbort);
  }

  readonly #onAbort = (): void => {
    const problem = 'broken off';
    const advice = 'Nobody waits for it any more';
    this.#abort(new HttpError('ERR_HTTP_ABORTED', this.#url, problem, advice, this.#caller.reason));
  };

  #late(problem: string): void {
    const advice = 'Check that the server is up, and reachable that way';
    this.#abort(new HttpError('ERR_HTTP_TIMEOUT', this.#url, problem, advice));
  }

  #abort(error: HttpError): void {
    this.end();
    this.#controller.abort(error);
  }
}
