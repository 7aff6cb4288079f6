/**
 * Sends a stream to a client, over a WebSocket or a chunked answer. A reader that does not keep
 * up misses frames, and is dropped when it takes nothing for a while.
 */
import type { ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';
import type { ClashStream } from './streams.ts';

/** How long a reader may take nothing. */
const STALLED_MS = 10_000;
/** Of frames that wait in memory. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** Where frames go. */
interface Sink {
  /** Bytes that have not left yet are too many. */
  isBusy(): boolean;
  send(frame: string): void;
  end(): void;
  drop(): void;
  onceClosed(listener: () => void): void;
}

/** `signal`: the server closes. `onDropped`: the reader was too slow. */
export function sendFrames(
  sink: Sink,
  stream: ClashStream,
  signal: AbortSignal,
  onDropped: () => void,
): void {
  let busySince = 0;
  const tick = (): void => {
    if (sink.isBusy()) {
      if (busySince === 0) busySince = Date.now();
      else if (Date.now() - busySince >= STALLED_MS) {
        onDropped();
        sink.drop();
      }
      return;
    }
    busySince = 0;
    for (const frame of stream.next()) sink.send(JSON.stringify(frame));
  };
  const timer = setInterval(tick, stream.interval);
  const stop = (): void => sink.end();
  signal.addEventListener('abort', stop, { once: true });
  sink.onceClosed(() => {
    clearInterval(timer);
    signal.removeEventListener('abort', stop);
  });
  tick();
}

export function webSocketSink(socket: WebSocket): Sink {
  return {
    isBusy: () => socket.bufferedAmount > MAX_WAITING_BYTES,
    send: (frame) => socket.send(frame),
    end: () => socket.close(1001),
    drop: () => socket.terminate(),
    onceClosed: (listener) => void socket.once('close', listener),
  };
}

export function chunkedSink(response: ServerResponse): Sink {
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.flushHeaders();
  return {
    isBusy: () => response.writableLength > MAX_WAITING_BYTES,
    send: (frame) => void response.write(`${frame}\n`),
    end: () => void response.end(),
    drop: () => void response.destroy(),
    onceClosed: (listener) => void response.once('close', listener),
  };
}
