/**
 * Streams of newline-delimited JSON. What is watched has one line now, then one each interval: a reader
 * that does not keep up is skipped (the next line tells what it missed), and dropped when it takes
 * nothing for a while, so that it never costs more memory than one line. Work that takes long has a
 * line for each of its steps, and ends; its reader is waited for as long.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/** How long a reader may leave one line unread. */
const STALLED_MS = 10_000;

export interface LineSource<T> {
  /** Milliseconds between two lines. */
  readonly interval: number;
  /** The next line's value. */
  next(): T;
  /** Whether the last line left something out that is to follow at once. */
  hasMore?(): boolean;
}

/** A few steps of work that is done for the client. */
export interface StepSource<T> {
  /** `signal` aborts when the client is gone. Whoever reads the steps sees a stream that broke off where this throws. */
  begin(signal: AbortSignal): AsyncIterable<T>;
}

const HEADERS = {
  'content-type': 'application/x-ndjson; charset=utf-8',
  'cache-control': 'no-store',
} as const;

/**
 * Writes until the work is done, the client goes away or `signal` aborts. Rejects as the work does. Calls
 * `onDropped` when it gave up on a slow reader.
 */
export async function streamSteps(
  response: ServerResponse,
  source: StepSource<unknown>,
  signal: AbortSignal,
  onDropped: () => void,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  if (response.destroyed) gone.abort();
  const stop = AbortSignal.any([signal, gone.signal]);
  response.writeHead(200, HEADERS);
  try {
    for await (const step of source.begin(stop)) {
      if (stop.aborted) break;
      if (response.write(`${JSON.stringify(step)}\n`)) continue;
      // Work is not done faster than somebody takes what comes of it.
      const stalled = setTimeout(() => {
        onDropped();
        response.destroy();
      }, STALLED_MS);
      await once(response, 'drain', { signal: stop }).finally(() => clearTimeout(stalled));
    }
    response.end();
  } catch (cause) {
    response.destroy();
    if (!stop.aborted) throw cause;
  }
}

/** Writes until the client goes away or `signal` aborts. Calls `onDropped` when it gave up on a slow reader. */
export function streamLines(
  response: ServerResponse,
  source: LineSource<unknown>,
  signal: AbortSignal,
  onDropped: () => void,
): void {
  if (response.destroyed) return;
  response.writeHead(200, HEADERS);
  let stalledSince = 0;

  function tick(): void {
    if (response.writableNeedDrain) {
      if (stalledSince === 0) stalledSince = Date.now();
      else if (Date.now() - stalledSince >= STALLED_MS) {
        onDropped();
        response.destroy();
      }
      return;
    }
    stalledSince = 0;
    response.write(`${JSON.stringify(source.next())}\n`);
    if (source.hasMore?.() === true && !response.destroyed) goOn();
  }

  /** Once the reader has taken this line, and others had their turn. */
  function goOn(): void {
    if (response.writableNeedDrain) response.once('drain', goOn);
    else setImmediate(() => response.writable && tick());
  }

  const timer = setInterval(tick, source.interval);
  // What is on its way may keep the answer open for a while: nothing more is written meanwhile.
  const stop = (): void => {
    clearInterval(timer);
    response.end();
  };
  signal.addEventListener('abort', stop, { once: true });
  response.once('close', () => {
    clearInterval(timer);
    signal.removeEventListener('abort', stop);
  });
  if (signal.aborted) stop();
  else tick();
}
