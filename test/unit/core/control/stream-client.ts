/** Reads a stream as raw bytes, or leaves it unread. */
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { Socket, TcpNetConnectOpts } from 'node:net';
import { setImmediate } from 'node:timers/promises';

export class StreamClient {
  readonly socket: Socket;
  read = 0;
  isClosed = false;

  constructor(where: string | TcpNetConnectOpts, path: string, headers = '') {
    this.socket = typeof where === 'string' ? connect(where) : connect(where);
    this.socket.write(`GET ${path}?interval=100 HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
    this.socket.on('data', (chunk: Buffer) => (this.read += chunk.length));
    this.socket.once('close', () => (this.isClosed = true)).once('error', () => undefined);
  }
}

/** Turns of the loop, since clocks are the test's. */
export async function until(is: () => boolean): Promise<void> {
  for (let n = 0; n < 100_000 && !is(); n += 1) await setImmediate();
  assert.ok(is());
}
