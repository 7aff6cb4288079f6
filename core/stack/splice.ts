/**
 * Joins the two ends of a flow until both directions have ended.
 *
 * Two native streams are joined natively, and no byte passes through JavaScript again. Any other
 * pair is piped as Duplexes, with half-close kept: an end is passed on as an end, never as a close.
 */
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { NativeEngine } from '../native/binding.d.ts';
import { NativeStream } from './native-stream.ts';
import { ECONNABORTED, streamError } from './socket-error.ts';

export interface SpliceResult {
  /** Bytes from `a` to `b`, and from `b` to `a`, in the whole life of `a`. */
  readonly up: number;
  readonly down: number;
  /** Null: both directions ended with FIN. */
  readonly error: Error | null;
}

/** Resolves when both are gone; never rejects. To break it off, destroy either end. */
export async function splice(
  engine: NativeEngine,
  a: NativeStream,
  b: Duplex,
): Promise<SpliceResult> {
  const error = await (b instanceof NativeStream ? joinNative(engine, a, b) : pipeBothWays(a, b));
  a.destroy();
  b.destroy();
  const { received, sent } = a.counts();
  return { up: received, down: sent, error };
}

function joinNative(engine: NativeEngine, a: NativeStream, b: NativeStream): Promise<Error | null> {
  return new Promise((resolve) => {
    let left = 2;
    let errno = 0;
    const onGone = (code: number): void => {
      errno ||= code;
      left -= 1;
      if (left === 0) resolve(errno === 0 ? null : streamError(errno));
    };
    a.handOver(b, onGone);
    b.handOver(a, onGone);
    if (a.destroyed || b.destroyed) {
      resolve(a.errored ?? b.errored ?? streamError(ECONNABORTED));
    } else if (!engine.splice(a.handle, b.handle)) {
      // One of them was over before: the other gets its last bytes and is over when it has ended too.
      if (a.gone) onGone(0);
      if (b.gone) onGone(0);
    }
  });
}

async function pipeBothWays(a: Duplex, b: Duplex): Promise<Error | null> {
  const results = await Promise.allSettled([pipeline(a, b), pipeline(b, a)]);
  const failed = results.find((result) => result.status === 'rejected');
  return failed === undefined ? null : (failed.reason as Error);
}
