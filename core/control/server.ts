/**
 * The control API on a unix socket. Whoever can reach it may connect, and is asked for his
 * credentials (`peers.ts`); everything a client sends has a limit in size and time. The server owns its
 * connections and ends its streams when it closes.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { mkdir, rm, rmdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Socket } from 'node:net';
import { SluiceError } from '../api/errors.ts';
import type { Logger } from '../log/logger.ts';
import { RequestError, sendError } from './http.ts';
import { peerRules, peerUid } from './peers.ts';
import type { PeerRules } from './peers.ts';
import { serveApi } from './routes.ts';
import type { ControlService } from './service.ts';

const MAX_CONNECTIONS = 64;
/** Of them, those who only hear that they may not; they must not take the places of those who may. */
const MAX_STRANGERS = 8;

/** What a client of any of our servers may ask of it, in bytes and milliseconds. */
export const HTTP_LIMITS = {
  maxHeaderSize: 8 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
} as const;

/** For answers that are being sent when a server closes. */
const CLOSE_GRACE_MS = 500;

/** Takes no more connections, ends streams by `closing`, and lets answers that are on their way out finish. */
export async function closeServer(server: Server, closing: AbortController): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  closing.abort();
  const force = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  await promise;
  clearTimeout(force);
}

export class ControlServer {
  readonly #service: ControlService;
  readonly #log: Logger;
  readonly #server: Server;
  /** The folder of the socket, where it was not there before. */
  #madeFolder: string | null = null;
  readonly #closing = new AbortController();
  readonly #peers: PeerRules;
  readonly #strangers = new Set<Socket>();

  constructor(service: ControlService, log: Logger, peers: PeerRules = peerRules()) {
    this.#peers = peers;
    this.#service = service;
    this.#log = log;
    this.#server = createServer(HTTP_LIMITS, (request, response) => {
      void this.#serve(request, response);
    });
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on('connection', (socket) => {
      const uid = peerUid(socket);
      if (uid === null || !this.#peers.isAllowed(uid)) this.#takeStranger(socket);
    });
  }

  /**
   * Listens on `socketPath`, replacing a socket that a killed run left there: the caller holds
   * the instance lock. Rejects with `SluiceError`.
   */
  async listen(socketPath: string): Promise<void> {
    const folder = dirname(socketPath);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.once('listening', resolve);
    try {
      this.#madeFolder = (await mkdir(folder, { recursive: true, mode: 0o755 })) ?? null;
      await rm(socketPath, { force: true });
      this.#server.listen({ path: socketPath, readableAll: true, writableAll: true });
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
    await closeServer(this.#server, this.#closing);
    // Somebody else's file in it keeps it.
    if (this.#madeFolder !== null) await rmdir(this.#madeFolder).catch(() => undefined);
  }

  #takeStranger(socket: Socket): void {
    if (this.#strangers.size >= MAX_STRANGERS) {
      socket.destroy();
      return;
    }
    this.#strangers.add(socket);
    socket.once('close', () => this.#strangers.delete(socket));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      if (this.#strangers.has(request.socket))
        throw new RequestError(403, 'ERR_PEER_DENIED', STRANGER);
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
      sendError(response, cause, this.#log);
    }
  }
}

const STRANGER =
  'Only root, the user who started Sluice and the members of the group "sluice" may control it. ' +
  'Run this as root, or add yourself: usermod -aG sluice USER.';
