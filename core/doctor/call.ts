/**
 * Calls as an ordinary program makes them: by sockets that are bound to nothing, so that the kernel
 * chooses their way by the same rules as everybody's. Nothing outlives a call.
 */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';

/** Nobody needs longer on this machine. */
const WAIT_MS = 1_500;

/** What came of connecting: the answer was a reset or a connection, an error, or nothing. */
export type CallOutcome = 'answered' | 'unreachable' | 'silent';

/** Rejects with the signal's reason. */
export async function callTcp(
  address: string,
  port: number,
  signal: AbortSignal,
): Promise<CallOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<CallOutcome>();
  signal.throwIfAborted();
  const socket = connect({ host: address, port });
  const timer = setTimeout(() => resolve('silent'), WAIT_MS);
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  socket.on('connect', () => resolve('answered'));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    resolve(error.code === 'ECONNREFUSED' ? 'answered' : 'unreachable');
  });
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  });
}

/** Sends a datagram and resolves to the first answer; null where none comes. Rejects with the signal's reason. */
export async function callUdp(
  address: string,
  port: number,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<Buffer | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
  signal.throwIfAborted();
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const timer = setTimeout(() => resolve(null), WAIT_MS);
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  socket.on('message', (message) => resolve(message));
  // No route, or refused: nobody answers.
  socket.on('error', () => resolve(null));
  socket.connect(port, address, (cause?: Error) => {
    if (cause === undefined || cause === null) socket.send(bytes, () => undefined);
  });
  return promise.finally(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    socket.close();
  });
}
