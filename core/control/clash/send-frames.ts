/**
 * Sends a stream to a client, over a WebSocket or a chunked answer. A reader that does not keep
 * up misses frames, and is dropped when it takes nothing for a while. A long frame is made in pieces,
 * between which others have their turn.
 */
import type { ServerResponse } from 'node:http';
import type { WebSocket } from 'ws';
import { PiecedAnswer, pace } from '../http.ts';
import type { ClashStream } from './streams.ts';

/** How long a reader may take nothing. */
const STALLED_MS = 10_000;
/** Of frames that wait in memory. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

/** Where frames go. */
interface Sink {
  /** Bytes that have not left yet are too many. */
  isBusy(): boolean;
  /** A piece of a frame, perhaps the only one. */
  send(text: string, isLast: boolean): void;
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
  let isSending = false;
  let isOver = false;
  const sendLong = async ({ pieces }: PiecedAnswer<unknown>): Promise<void> => {
    isSending = true;
    for await (const piece of pace(pieces)) {
      if (isOver) return;
      sink.send(piece, false);
    }
    if (!isOver) sink.send('', true);
    isSending = false;
  };
  const tick = (): void => {
    if (isSending) return;
    if (sink.isBusy()) {
      if (busySince === 0) busySince = Date.now();
      else if (Date.now() - busySince >= STALLED_MS) {
        onDropped();
        sink.drop();
      }
      return;
    }
    busySince = 0;
    for (const frame of stream.next()) {
      if (frame instanceof PiecedAnswer) void sendLong(frame);
      else sink.send(JSON.stringify(frame), true);
    }
  };
  const timer = setInterval(tick, stream.interval);
  // What is on its way may keep the connection open for a while: nothing more is sent meanwhile.
  const stop = (): void => {
    isOver = true;
    clearInterval(timer);
    sink.end();
  };
  signal.addEventListener('abort', stop, { once: true });
  sink.onceClosed(() => {
    isOver = true;
    clearInterval(timer);
    signal.removeEventListener('abort', stop);
  });
  if (signal.aborted) stop();
  else tick();
}

export function webSocketSink(socket: WebSocket): Sink {
  return {
    isBusy: () => socket.bufferedAmount > MAX_WAITING_BYTES,
    send: (text, isLast) => socket.send(text, { fin: isLast }),
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
    send: (text, isLast) => void response.write(isLast ? `${text}\n` : text),
    end: () => void response.end(),
    drop: () => void response.destroy(),
    onceClosed: (listener) => void response.once('close', listener),
  };
}
