/**
 * TLS to one resolver, over whatever stream leads to it: who it is gets verified by its name or
 * address, and the next handshake resumes the session. Owns the latest session.
 */
import type { Duplex } from 'node:stream';
import { checkServerIdentity, connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { parseIp } from '../../../rules/ip.ts';
import { quote } from '../../../rules/text.ts';
import { ServerFailure } from './server.ts';

export interface SecureOptions {
  /** Sent as the server's name where it is one (RFC 6066 section 3). */
  readonly host: string;
  /** What the certificate must be for: a name or an IP literal. */
  readonly certName: string;
  readonly skipCertVerify: boolean;
  /** Protocols to choose from (RFC 7301). */
  readonly alpn: readonly string[];
  /** PEM; empty: the well-known ones. */
  readonly ca: readonly string[];
}

export class SecureClient {
  readonly #options: SecureOptions;
  #session: Buffer | undefined;

  constructor(options: SecureOptions) {
    this.#options = options;
  }

  /** The stream given is used up. Rejects with `ServerFailure`, or with the signal's reason. */
  async secure(stream: Duplex, signal: AbortSignal): Promise<TLSSocket> {
    const { host, certName, skipCertVerify, alpn, ca } = this.#options;
    const socket = connect({
      socket: stream,
      ...(parseIp(host) === null ? { servername: host } : {}),
      ALPNProtocols: [...alpn],
      rejectUnauthorized: !skipCertVerify,
      checkServerIdentity: (_, certificate) => checkServerIdentity(certName, certificate),
      ...(this.#session === undefined ? {} : { session: this.#session }),
      ...(ca.length === 0 ? {} : { ca: [...ca] }),
      minVersion: 'TLSv1.2',
    });
    socket.on('session', (session) => {
      this.#session = session;
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => reject(signal.reason);
    const onClose = (): void => reject(new Error('the connection was closed'));
    signal.addEventListener('abort', onAbort);
    socket.once('secureConnect', resolve).once('error', reject).once('close', onClose);
    try {
      signal.throwIfAborted();
      await promise;
      return socket;
    } catch (cause) {
      // A session that the server no longer knows is not tried twice.
      this.#session = undefined;
      socket.on('error', () => undefined).destroy();
      if (signal.aborted) throw signal.reason;
      throw explain(cause as NodeJS.ErrnoException, certName);
    } finally {
      signal.removeEventListener('abort', onAbort);
      socket.off('secureConnect', resolve).off('error', reject).off('close', onClose);
    }
  }
}

function explain(cause: NodeJS.ErrnoException, certName: string): ServerFailure {
  const { code = '', message } = cause;
  const isProtocol = code.startsWith('ERR_SSL_') || code === 'EPROTO' || code === 'ECONNRESET';
  const reason =
    isProtocol || code === ''
      ? `TLS failed (${quote(message, 120)})`
      : `its certificate cannot be trusted for ${certName} (${quote(message, 120)})`;
  return new ServerFailure('unreachable', reason, { cause });
}
