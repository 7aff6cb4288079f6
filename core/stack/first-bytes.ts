/**
 * When the first payload byte passed in each direction. The native side notes it by its own clock and
 * tells how long ago it was; here it is a time of `performance.now()`.
 */
import type { NativeEngine } from '../native/binding.d.ts';

export interface FirstBytes {
  /** Null: none so far. */
  readonly received: number | null;
  readonly sent: number | null;
}

export const NO_FIRST_BYTES: FirstBytes = { received: null, sent: null };

/** From ages in milliseconds, -1 where there is none. */
export function firstBytesOf(received: number, sent: number): FirstBytes {
  if (received < 0 && sent < 0) return NO_FIRST_BYTES;
  const now = performance.now();
  return {
    received: received < 0 ? null : now - received,
    sent: sent < 0 ? null : now - sent,
  };
}

/** As the latest call has answered. */
export function firstBytesIn({ pair }: NativeEngine): FirstBytes {
  return firstBytesOf(pair[0], pair[1]);
}
