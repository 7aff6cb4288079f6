/**
 * What a server speaks that does not speak what was expected: each protocol's first message on a
 * connection of its own, and how the server answers it.
 */
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { discard } from '../upstream/attempt.ts';
import { greeting } from '../upstream/socks5-wire.ts';

/** `web`: an HTTP server that is no proxy. `tls`: what is inside is not known. */
export type Spoken = 'socks5' | 'http' | 'web' | 'tls';

/** Opens one more connection to the server. */
export type Open = (signal: AbortSignal) => Promise<Duplex>;

/** For each of the three; a server that does not answer by then has nothing to say. */
const PATIENCE_MS = 1_500;
const MAX_ANSWER = 64;

/** Null: nothing that is known here. Never rejects. */
export async function spokenBy(open: Open, signal: AbortSignal): Promise<Spoken | null> {
  const [http, socks5, tls] = await Promise.all([
    answerTo(open, 'CONNECT 192.0.2.1:9 HTTP/1.1\r\nHost: 192.0.2.1:9\r\n\r\n', signal),
    answerTo(open, greeting(false), signal),
    speaksTls(open, signal),
  ]);
  if (socks5[0] === 5) return 'socks5';
  const [, status] = /^HTTP\/1\.[01] ([0-9]{3})/.exec(http.toString('latin1')) ?? [];
  // A web server does not know the method, or takes it for a request without a path.
  if (status !== undefined) return /^(?:400|404|405|501)$/.test(status) ? 'web' : 'http';
  return tls ? 'tls' : null;
}

async function answerTo(
  open: Open,
  message: string | Uint8Array,
  caller: AbortSignal,
): Promise<Buffer> {
  const signal = AbortSignal.any([caller, AbortSignal.timeout(PATIENCE_MS)]);
  const stream = await open(signal).catch(() => null);
  if (stream === null) return Buffer.alloc(0);
  const { promise, resolve } = Promise.withResolvers<Buffer>();
  let answer = Buffer.alloc(0);
  const end = (): void => resolve(answer);
  stream.on('data', (bytes: Buffer) => {
    answer = Buffer.concat([answer, bytes]);
    if (answer.length >= MAX_ANSWER || answer[0] === 5) end();
  });
  stream.on('error', end).on('end', end).on('close', end);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  stream.write(message);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', end);
    discard(stream);
  }
}

async function speaksTls(open: Open, caller: AbortSignal): Promise<boolean> {
  const signal = AbortSignal.any([caller, AbortSignal.timeout(PATIENCE_MS)]);
  const stream = await open(signal).catch(() => null);
  if (stream === null) return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const no = (): void => resolve(false);
  // Nothing is sent over it: who answers is of no interest here.
  const socket = connect({ socket: stream, rejectUnauthorized: false });
  socket
    .once('secureConnect', () => resolve(true))
    .on('error', no)
    .on('close', no);
  signal.addEventListener('abort', no);
  if (signal.aborted) no();
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', no);
    discard(socket);
    discard(stream);
  }
}
