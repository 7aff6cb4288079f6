/**
 * TLS to a proxy, over whatever stream leads to it. One object for each proxy; it owns the trust
 * that was configured and keeps nothing between connections.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { connect, createSecureContext } from 'node:tls';
import type { SecureContext, TLSSocket } from 'node:tls';
import { SluiceError } from '../api/errors.ts';
import type { UpstreamError } from '../api/errors.ts';
import type { TlsConfig } from '../config/config.ts';
import { parseIp } from '../../rules/ip.ts';
import { quote } from '../../rules/text.ts';
import type { Attempt } from './attempt.ts';

export class TlsClient {
  readonly #config: TlsConfig;
  /** What the certificate must be for. */
  readonly #serverName: string;
  readonly #context: SecureContext;

  /** `owner` is the proxy's name, for errors. Throws `SluiceError` where the CA cannot be used. */
  constructor(config: TlsConfig, server: string, owner: string) {
    this.#config = config;
    this.#serverName = config.sni === '' ? server : config.sni;
    const ca = readCa(config, owner);
    this.#context = createSecureContext(ca.length === 0 ? {} : { ca });
  }

  /** Resolves when the server is who it should be. The stream given is used up. */
  async secure(stream: Duplex, attempt: Attempt): Promise<Duplex> {
    const { skipCertVerify, fingerprint } = this.#config;
    const name = this.#serverName;
    const socket = attempt.keep(
      connect({
        socket: stream,
        secureContext: this.#context,
        // Verified against; and sent, where it is a name (RFC 6066 section 3).
        host: name,
        ...(parseIp(name) === null ? { servername: name } : {}),
        rejectUnauthorized: !skipCertVerify && fingerprint === '',
      }),
    );
    await handshake(socket).catch((cause: unknown) => {
      throw this.#explain(cause as NodeJS.ErrnoException, attempt);
    });
    if (fingerprint !== '') this.#checkPin(socket, fingerprint, attempt);
    return socket;
  }

  #checkPin(socket: TLSSocket, wanted: string, attempt: Attempt): void {
    const found = socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase();
    if (found === wanted) return;
    const problem = `the proxy's certificate has the fingerprint ${found ?? '(none)'}, not the configured one`;
    const advice = 'If the proxy got a new certificate, ask who runs it and change fingerprint';
    throw attempt.error('ERR_UPSTREAM_TLS', 'upstream', problem, advice);
  }

  #explain(cause: NodeJS.ErrnoException, attempt: Attempt): UpstreamError {
    const code = cause.code ?? '';
    if (code.startsWith('ERR_SSL_') || code === 'ECONNRESET' || code === 'EPROTO') {
      const problem = `the proxy did not finish it (${quote(cause.message)})`;
      const advice = 'Check that the proxy speaks TLS on this port, or remove tls: true';
      return attempt.error('ERR_UPSTREAM_TLS', 'upstream', problem, advice, cause);
    }
    const problem = `the certificate cannot be trusted for ${this.#serverName} (${quote(cause.message, 120)})`;
    const advice = 'Set sni, ca or fingerprint of this proxy, or ask who runs it';
    return attempt.error('ERR_UPSTREAM_TLS', 'upstream', problem, advice, cause);
  }
}

/** PEM; empty: the well-known ones. */
function readCa({ caFile, caText }: TlsConfig, owner: string): string[] {
  const texts = caText === '' ? [] : [caText];
  try {
    if (caFile !== '') texts.push(readFileSync(caFile, 'utf8'));
    // Node takes text without a certificate for an empty list, which would trust nobody.
    texts.forEach((text) => new X509Certificate(text));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const where = caFile === '' ? 'ca-str' : `ca (${caFile})`;
    throw new SluiceError(
      'ERR_TLS_CA',
      `${where} of the proxy ${quote(owner)} cannot be used: ${reason}. It must be a certificate in PEM.`,
      { cause },
    );
  }
  return texts;
}

function handshake(socket: TLSSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error: Error | null): void => {
      socket.off('secureConnect', onSecure);
      socket.off('error', settle);
      socket.off('close', onClose);
      if (error === null) resolve();
      else reject(error);
    };
    const onSecure = (): void => settle(null);
    const onClose = (): void => {
      const error: NodeJS.ErrnoException = new Error('the connection was closed');
      error.code = 'ECONNRESET';
      settle(error);
    };
    socket.on('secureConnect', onSecure);
    socket.on('error', settle);
    socket.on('close', onClose);
  });
}
