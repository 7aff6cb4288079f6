/**
 * An own TCP connection that is still being made.
 */
import { UpstreamError } from '../api/errors.ts';
import type { Handle, NativeEngine } from '../native/binding.d.ts';
import { NativeStream } from './native-stream.ts';
import { connectError } from './socket-error.ts';

export class OwnConnection {
  readonly #engine: NativeEngine;
  readonly #handle: Handle;
  readonly #where: string;
  readonly #signal: AbortSignal;
  readonly #resolve: (stream: NativeStream) => void;
  readonly #reject: (error: Error) => void;
  #brokenOff = false;

  constructor(
    engine: NativeEngine,
    handle: Handle,
    where: string,
    signal: AbortSignal,
    resolve: (stream: NativeStream) => void,
    reject: (error: Error) => void,
  ) {
    this.#engine = engine;
    this.#handle = handle;
    this.#where = where;
    this.#signal = signal;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener('abort', this.#onAbort);
  }

  /** Null where it was broken off before: what was made is being closed already. */
  onConnected(): NativeStream | null {
    if (this.#brokenOff) return null;
    this.#signal.removeEventListener('abort', this.#onAbort);
    const stream = new NativeStream(this.#engine, this.#handle);
    this.#resolve(stream);
    return stream;
  }

  onClosed(errno: number): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#reject(connectError(errno, this.#where));
  }

  readonly #onAbort = (): void => {
    this.#brokenOff = true;
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#engine.destroy(this.#handle);
    const { reason } = this.#signal;
    this.#reject(
      reason instanceof Error
        ? reason
        : new UpstreamError(
            'ERR_CONNECT_ABORTED',
            'timeout',
            `Connecting to ${this.#where} was broken off.`,
          ),
    );
  };
}
