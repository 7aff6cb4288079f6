/**
 * A stream while a handshake is spoken over it: exact reads, so that not one byte after the
 * handshake is lost. Between its construction and `release` it is the only reader.
 */
import type { Duplex } from 'node:stream';
import { UpstreamError } from '../api/errors.ts';
import type { Attempt } from './attempt.ts';

interface Waiting {
  readonly tryAgain: () => boolean;
  readonly reject: (error: UpstreamError) => void;
}

const FIRST_CAPACITY = 1024;

export class Wire {
  readonly #stream: Duplex;
  readonly #attempt: Attempt;
  #waiting: Waiting | null = null;
  #failure: UpstreamError | null = null;

  constructor(stream: Duplex, attempt: Attempt) {
    this.#stream = stream;
    this.#attempt = attempt;
    stream.on('readable', this.#onReadable);
    stream.on('end', this.#onEnd);
    stream.on('close', this.#onEnd);
    stream.on('error', this.#onError);
    if (stream.destroyed || stream.readableEnded) this.#failure = this.#closed();
  }

  send(bytes: Uint8Array): void {
    this.#stream.write(bytes);
  }

  /** Exactly `size` bytes. Rejects with `UpstreamError` where the stream ends before. */
  take(size: number): Promise<Buffer> {
    return this.#until(() => {
      const bytes = this.#stream.read(size) as Buffer | null;
      // Only the last bytes of a stream are given although they do not suffice.
      if (bytes !== null && bytes.length < size) return this.#closed();
      return bytes;
    });
  }

  /**
   * Bytes up to the one before the offset that `findEnd` returns; it gets all bytes so far, and
   * `from`, which is how many it got the last time, and returns -1 to ask for more. Rejects with
   * `tooLong()` at `limit` bytes.
   */
  takeUntil(
    findEnd: (bytes: Buffer, from: number) => number,
    limit: number,
    tooLong: () => UpstreamError,
  ): Promise<Buffer> {
    const stream = this.#stream;
    let collected = Buffer.allocUnsafe(Math.min(FIRST_CAPACITY, limit));
    let length = 0;
    return this.#until(() => {
      const available = stream.readableLength;
      if (available === 0) {
        // Asks for more; at the end of the stream, for its `end`.
        stream.read(0);
        return null;
      }
      // A read of exactly what is there does not end the stream, which would be too early for its next reader.
      const chunk = stream.read(available) as Buffer;
      const used = Math.min(chunk.length, limit - length);
      if (length + used > collected.length) {
        const grown = Buffer.allocUnsafe(Math.min(limit, 2 * (length + used)));
        collected.copy(grown, 0, 0, length);
        collected = grown;
      }
      chunk.copy(collected, length, 0, used);
      const all = collected.subarray(0, length + used);
      const end = findEnd(all, length);
      if (end < 0 && all.length === limit) return tooLong();
      const surplus = end < 0 ? 0 : chunk.length - (end - length);
      length += used;
      if (surplus > 0) stream.unshift(chunk.subarray(chunk.length - surplus));
      return end < 0 ? null : collected.subarray(0, end);
    });
  }

  /** Gives the stream back as it is: no listeners, not flowing. Throws where it is over. */
  release(): void {
    const stream = this.#stream;
    stream.off('readable', this.#onReadable);
    stream.off('end', this.#onEnd);
    stream.off('close', this.#onEnd);
    stream.off('error', this.#onError);
    if (this.#failure !== null) throw this.#failure;
  }

  #until(read: () => Buffer | UpstreamError | null): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const tryAgain = (): boolean => {
        const result = read();
        if (result === null) return false;
        if (result instanceof UpstreamError) reject(result);
        else resolve(result);
        return true;
      };
      if (tryAgain()) return;
      if (this.#failure !== null) reject(this.#failure);
      else this.#waiting = { tryAgain, reject };
    });
  }

  readonly #onReadable = (): void => {
    if (this.#waiting?.tryAgain() === true) this.#waiting = null;
  };

  readonly #onEnd = (): void => this.#fail(this.#closed());

  readonly #onError = (error: Error): void => {
    const problem = `the connection broke: ${error.message}`;
    this.#fail(
      this.#attempt.error('ERR_UPSTREAM_CLOSED', 'upstream', problem, CLOSED_ADVICE, error),
    );
  };

  #closed(): UpstreamError {
    const problem = 'the proxy closed the connection';
    return this.#attempt.error('ERR_UPSTREAM_CLOSED', 'upstream', problem, CLOSED_ADVICE);
  }

  #fail(failure: UpstreamError): void {
    if (this.#failure !== null) return;
    this.#failure = failure;
    this.#waiting?.reject(failure);
    this.#waiting = null;
  }
}

const CLOSED_ADVICE =
  'Check that the proxy speaks this protocol on this port and lets this machine in';
