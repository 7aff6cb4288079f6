/**
 * A stream of newline-delimited JSON: one line now, then one each interval. A reader that does
 * not keep up is skipped (the next line tells what it missed), and dropped when it takes nothing
 * for a while, so that it never costs more memory than one line.
 */
import type { ServerResponse } from 'node:http';

/** How long a reader may leave one line unread. */
const STALLED_MS = 10_000;

export interface LineSource<T> {
  /** Milliseconds between two lines. */
  readonly interval: number;
  /** The next line's value. */
  next(): T;
}

/** Writes until the client goes away or `signal` aborts. Calls `onDropped` when it gave up on a slow reader. */
export function streamLines(
  response: ServerResponse,
  source: LineSource<unknown>,
  signal: AbortSignal,
  onDropped: () => void,
): void {
  response.writeHead(200, {
    'content-type': 'application/x-ndjson; charset=utf-8',
    'cache-control': 'no-store',
  });
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
  }

  const timer = setInterval(tick, source.interval);
  const stop = (): void => {
    response.end();
  };
  signal.addEventListener('abort', stop, { once: true });
  response.once('close', () => {
    clearInterval(timer);
    signal.removeEventListener('abort', stop);
  });
  tick();
}
