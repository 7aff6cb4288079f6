/**
 * The control API on a unix socket in the state folder. Only the socket's owner can connect
 * (0600); everything a client sends has a limit in size and time. The server owns its
 * connections and ends its streams when it closes.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { rm } from 'node:fs/promises';
import { SluiceError } from '../api/errors.ts';
import type { Logger } from '../log/logger.ts';
import { RequestError, sendError } from './http.ts';
import { serveApi } from './routes.ts';
import type { ControlService } from './service.ts';

const MAX_CONNECTIONS = 64;

/** What a client of any of our servers may ask of it, in bytes and milliseconds. */
export const HTTP_LIMITS = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
} as const;

/** For answers that are being sent when the server closes. */
export const CLOSE_GRACE_MS = 500;

export class ControlServer {
  readonly #service: ControlService;
  readonly #log: Logger;
  readonly #server: Server;
  readonly #closing = new AbortController();

  constructor(service: ControlService, log: Logger) {
    this.#service = service;
    this.#log = log;
    this.#server = createServer(HTTP_LIMITS, (request, response) => {
      void this.#serve(request, response);
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /**
   * Listens on `socketPath`, replacing a socket that a killed run left there: the caller holds
   * the instance lock. Rejects with `SluiceError`.
   */
  async listen(socketPath: string): Promise<void> {
    await rm(socketPath, { force: true });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.once('listening', resolve);
    // The socket must never be open to others, not even between bind and a chmod. bind happens inside listen().
    const umask = process.umask(0o177);
    try {
      this.#server.listen(socketPath);
    } finally {
      process.umask(umask);
    }
    try {
      await promise;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SluiceError(
        'ERR_CONTROL_LISTEN',
        `Cannot open the control socket ${socketPath}: ${reason}. Is its folder writable?`,
        { cause },
      );
    }
    this.#server.off('error', reject);
    this.#server.on('error', (error) => this.#log.error('ERR_CONTROL', error.message));
  }

  /** Ends streams, lets answers that are on their way out finish, and removes the socket. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#closing.abort();
    const force = setTimeout(() => this.#server.closeAllConnections(), CLOSE_GRACE_MS);
    await promise;
    clearTimeout(force);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = URL.parse(request.url ?? '/', 'http://control');
      if (url === null) throw new RequestError(400, 'ERR_REQUEST_URL', 'The path is malformed.');
      const context = {
        service: this.#service,
        request,
        response,
        closing: this.#closing.signal,
        onSlowReader: () =>
          this.#log.warning(
            'CONTROL_SLOW_READER',
            'A client of the live list did not keep up and was dropped.',
          ),
      };
      await serveApi(context, url);
    } catch (cause) {
      if (!(cause instanceof SluiceError)) {
        const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
        this.#log.error('ERR_INTERNAL', `A control request failed: ${reason}`);
      }
      sendError(response, cause);
    }
  }
}
