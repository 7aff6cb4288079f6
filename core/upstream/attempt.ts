/**
 * One attempt to open something through an upstream, from the first look-up to the last
 * handshake of a chain. It owns the deadline and every stream that was opened on the way: if the
 * attempt fails, runs out of time or is aborted, they are destroyed; if it succeeds, they are the
 * caller's.
 */
import type { Duplex } from 'node:stream';
import { UpstreamError } from '../api/errors.ts';
import type { DialFailure } from '../api/errors.ts';

/** Everything that can go wrong, for programs. */
export type FailureCode =
  | 'ERR_UPSTREAM_ABORTED'
  /** Wrong user name or password, or none where one is asked for. */
  | 'ERR_UPSTREAM_AUTH'
  /** The connection ended in the middle of a handshake. */
  | 'ERR_UPSTREAM_CLOSED'
  /** The proxy could not do it and does not say why. */
  | 'ERR_UPSTREAM_FAILED'
  | 'ERR_UPSTREAM_HOST_UNREACHABLE'
  | 'ERR_UPSTREAM_NET_UNREACHABLE'
  | 'ERR_UPSTREAM_NO_IPV6'
  | 'ERR_UPSTREAM_NO_UDP'
  /** The proxy's own rules forbid it. */
  | 'ERR_UPSTREAM_NOT_ALLOWED'
  /** Not the protocol that was expected. */
  | 'ERR_UPSTREAM_PROTOCOL'
  | 'ERR_UPSTREAM_REFUSED'
  /** The proxy's server itself cannot be reached. */
  | 'ERR_UPSTREAM_SERVER'
  /** The target cannot be asked for. */
  | 'ERR_UPSTREAM_TARGET'
  | 'ERR_UPSTREAM_TIMEOUT'
  | 'ERR_UPSTREAM_TLS';

export interface Purpose {
  /** Name of the upstream that was asked. */
  readonly upstream: string;
  /** What is wanted, such as `reach example.com:443`. */
  readonly goal: () => string;
  /** Milliseconds for all of it. */
  readonly limitMs: number;
}

export class Attempt {
  /** What is being done, such as `SOCKS5 handshake with 192.0.2.1:1080`; part of every error. */
  step = 'starting';
  readonly #purpose: Purpose;
  readonly #controller = new AbortController();
  readonly #streams: Duplex[] = [];
  #reject: (error: Error) => void = () => undefined;
  #failed: Error | null = null;

  constructor(purpose: Purpose) {
    this.#purpose = purpose;
  }

  /** Aborts when the attempt has failed, for whatever reason. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** To be called once. Rejects with what `work` threw, at the deadline, or when `signal` aborts. */
  async run<T>(work: (attempt: Attempt) => Promise<T>, signal: AbortSignal): Promise<T> {
    if (signal.aborted) throw this.#aborted(signal);
    const { limitMs } = this.#purpose;
    const timer = setTimeout(() => this.#reject(this.#late()), limitMs);
    const onAbort = (): void => this.#reject(this.#aborted(signal));
    signal.addEventListener('abort', onAbort);
    try {
      // Not `work` alone: it might wait for something that ignores the abort.
      return await new Promise<T>((resolve, reject) => {
        this.#reject = reject;
        work(this).then(resolve, reject);
      });
    } catch (cause) {
      const error = cause instanceof Error ? cause : new TypeError(String(cause), { cause });
      this.#failed = error;
      // A TLS stream before the one under it: the other way round Node 24 crashes.
      for (const stream of this.#streams.reverse()) discard(stream);
      this.#controller.abort(error);
      throw error;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Takes charge of a stream. Throws, with the stream destroyed, where the attempt has failed already. */
  keep<Stream extends Duplex>(stream: Stream): Stream {
    if (this.#failed !== null) {
      discard(stream);
      throw this.#failed;
    }
    this.#streams.push(stream);
    return stream;
  }

  /** An error that says what was being done, to what, and what to do next. Sentences without a full stop. */
  error(
    code: FailureCode,
    failure: DialFailure,
    problem: string,
    advice: string,
    cause?: unknown,
  ): UpstreamError {
    const { upstream, goal } = this.#purpose;
    const message = `Cannot ${goal()} through ${upstream}: ${this.step}: ${problem}. ${advice}.`;
    const parts = { problem, advice };
    return new UpstreamError(
      code,
      failure,
      message,
      cause === undefined ? { parts } : { cause, parts },
    );
  }

  /** The same, where the proxy does not speak what was expected. */
  protocolError(problem: string, cause?: unknown): UpstreamError {
    const advice = 'Check type, tls and port of this proxy in the configuration';
    return this.error('ERR_UPSTREAM_PROTOCOL', 'upstream', problem, advice, cause);
  }

  #late(): UpstreamError {
    const problem = `no answer within ${this.#purpose.limitMs / 1000} s`;
    return this.error('ERR_UPSTREAM_TIMEOUT', 'timeout', problem, LATE_ADVICE);
  }

  #aborted(signal: AbortSignal): UpstreamError {
    const advice = 'Nobody waits for it any more';
    return this.error('ERR_UPSTREAM_ABORTED', 'timeout', 'broken off', advice, signal.reason);
  }
}

/** Destroys a stream that nobody listens to: a late error of it must not end the process. */
export function discard(stream: Duplex): void {
  stream.on('error', () => undefined);
  stream.destroy();
}

const LATE_ADVICE =
  'Check that it is up and not overloaded, or allow more time with sluice.connect-timeout';
