/** The connection of one request: dialled by whoever asks, with TLS over it where the URL says so. */
import type { Duplex } from 'node:stream';
import { connect } from 'node:tls';
import { parseIp } from '../../rules/ip.ts';
import { quote } from '../../rules/text.ts';
import { discard } from '../upstream/attempt.ts';
import type { Deadline } from './deadline.ts';
import { HttpError } from './http-error.ts';

/**
 * Opens a stream to a name or an IP literal without brackets: straight past the tunnel, or
 * through an upstream. The stream is the caller's.
 */
export type Dial = (host: string, port: number, signal: AbortSignal) => Promise<Duplex>;

/** Destroying the stream destroys what is under it, too. Rejects with what `dial` rejects with, or `HttpError`. */
export async function openConnection(url: URL, dial: Dial, deadline: Deadline): Promise<Duplex> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const secure = url.protocol === 'https:';
  const port = url.port === '' ? (secure ? 443 : 80) : Number(url.port);
  const stream = await deadline.race(dial(host, port, deadline.signal), discard);
  if (!secure) return stream;
  deadline.progress();
  return secureStream(stream, host, url, deadline);
}

/** The certificate has to be good for the host. */
async function secureStream(
  stream: Duplex,
  host: string,
  url: URL,
  deadline: Deadline,
): Promise<Duplex> {
  const socket = connect({
    socket: stream,
    host,
    // RFC 6066 section 3: a name, never an address.
    ...(parseIp(host) === null ? { servername: host } : {}),
    ALPNProtocols: ['http/1.1'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const onError = (cause: Error): void => reject(tlsError(url, cause));
  const onClose = (): void => reject(tlsError(url, new Error('the connection was closed')));
  socket.once('secureConnect', resolve).once('error', onError).once('close', onClose);
  try {
    await deadline.race(promise, () => undefined);
    socket.off('error', onError).off('close', onClose);
    return socket;
  } catch (cause) {
    discard(socket);
    throw cause;
  }
}

function tlsError(url: URL, cause: Error): HttpError {
  const problem = `TLS with ${url.host} failed (${quote(cause.message, 120)})`;
  const advice = 'The server may not be the right one, or its certificate is not for this name';
  return new HttpError('ERR_HTTP_TLS', url, problem, advice, cause);
}
