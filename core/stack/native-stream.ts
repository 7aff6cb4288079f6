/**
 * A native stream (a captured flow, or an own socket) as a standard Duplex.
 *
 * The native side delivers only while somebody reads, and what it has not delivered it gives to the
 * other end of a splice. The handle is this object's until the native stream is gone.
 */
import { Duplex } from 'node:stream';
import type { Handle, NativeEngine } from '../native/binding.d.ts';
import { firstBytesIn, NO_FIRST_BYTES } from './first-bytes.ts';
import type { FirstBytes } from './first-bytes.ts';
import { ECONNABORTED, streamError } from './socket-error.ts';

type Callback = (error?: Error | null) => void;

export interface ByteCounts {
  readonly received: number;
  readonly sent: number;
}

/** As the latest call has answered. */
export function countsIn({ pair }: NativeEngine): ByteCounts {
  return { received: pair[0], sent: pair[1] };
}

export class NativeStream extends Duplex {
  readonly handle: Handle;
  readonly #engine: NativeEngine;
  #waiting: Callback | null = null;
  #gone = false;
  #ended = false;
  #counts: ByteCounts = { received: 0, sent: 0 };
  #firstBytes = NO_FIRST_BYTES;
  #onGone: ((errno: number) => void) | null = null;

  constructor(engine: NativeEngine, handle: Handle) {
    super({ allowHalfOpen: true });
    this.#engine = engine;
    this.handle = handle;
  }

  /** Bytes from and to the far end. The last values stay readable after the close. */
  counts(): ByteCounts {
    if (!this.#gone && this.#engine.counts(this.handle)) this.#counts = countsIn(this.#engine);
    return this.#counts;
  }

  /** When the first byte passed each way. It stays readable, too. */
  firstBytes(): FirstBytes {
    if (!this.#gone && this.#engine.firstBytes(this.handle)) {
      this.#firstBytes = firstBytesIn(this.#engine);
    }
    return this.#firstBytes;
  }

  /** Whether the native stream is over. What it sent before may still be readable here. */
  get gone(): boolean {
    return this.#gone;
  }

  /**
   * From here on bytes move natively to `sink`, after those that arrived here and nobody read.
   * `onGone` is called once, when the native stream is over (0: with a FIN in both directions).
   */
  handOver(sink: NativeStream, onGone: (errno: number) => void): void {
    this.#onGone = onGone;
    const rest = this.read() as Buffer | null;
    if (rest !== null) this.#engine.write(sink.handle, rest);
    if (this.#ended) this.#engine.end(sink.handle);
  }

  /** The native side's events, passed on by `Stack`. */
  onData(bytes: Buffer): void {
    if (!this.push(bytes)) this.#engine.pause(this.handle);
  }

  onEnd(): void {
    this.#ended = true;
    this.push(null);
  }

  onDrain(): void {
    this.#wake(null);
  }

  onClosed(errno: number, counts: ByteCounts, firstBytes: FirstBytes): void {
    if (this.#gone) return;
    this.#counts = counts;
    this.#firstBytes = firstBytes;
    this.#gone = true;
    const error = errno === 0 ? null : streamError(errno);
    this.#wake(error);
    if (this.#onGone !== null) this.#onGone(errno);
    else if (error !== null) this.destroy(error);
  }

  override _read(): void {
    if (this.#onGone === null) this.#engine.resume(this.handle);
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: Callback): void {
    if (this.#gone) callback(streamError(ECONNABORTED));
    else if (this.#engine.write(this.handle, chunk)) callback();
    else this.#waiting = callback;
  }

  override _final(callback: Callback): void {
    this.#engine.end(this.handle);
    callback();
  }

  override _destroy(error: Error | null, callback: Callback): void {
    // Where both directions have ended, the last bytes and the FIN may still be on their way out:
    // the native stream ends by itself when they have arrived, and a destroy would cut them off.
    const hasEnded = error === null && this.#ended && this.writableFinished;
    if (!this.#gone && !hasEnded) {
      this.counts();
      this.firstBytes();
      this.#gone = true;
      this.#engine.destroy(this.handle);
      this.#wake(error);
      this.#onGone?.(ECONNABORTED);
    }
    callback(error);
  }

  #wake(error: Error | null): void {
    const callback = this.#waiting;
    this.#waiting = null;
    callback?.(error);
  }
}
