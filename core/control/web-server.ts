/**
 * The control API and the interface over HTTP, for browsers and dashboards:
 *
 *   /ui/...       the interface's files, open to whoever reaches the port
 *   /api/v1/...   the same API as on the control socket; `session` trades a one-time code for a token
 *   /...          the API of Clash, for dashboards that others wrote
 *
 * Owns the listening socket and its connections.
 */
import { ServerResponse, createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { SluiceError } from '../api/errors.ts';
import { readObject, readToken } from '../api/validate.ts';
import type { Logger } from '../log/logger.ts';
import { Access, bearerToken } from './access.ts';
import type { AccessOptions } from './access.ts';
import { RequestError, readJson, sendError, sendJson } from './http.ts';
import { serveApi } from './routes.ts';
import { HTTP_LIMITS, closeServer } from './server.ts';
import type { ClashApi } from './clash/clash-api.ts';
import type { ControlService } from './service.ts';
import { UI_PATH, serveUiFile } from './ui-files.ts';

export interface WebServerOptions extends AccessOptions {
  readonly service: ControlService;
  readonly log: Logger;
  readonly clash: ClashApi;
  /** Where the built interface is. */
  readonly uiFolder: string;
}

const API = '/api';
const SESSION_PATH = '/api/v1/session';
/** A page opens six, and there may be several. */
const MAX_CONNECTIONS = 256;

export class WebServer {
  readonly #options: WebServerOptions;
  readonly #access: Access;
  readonly #server: Server;
  readonly #closing = new AbortController();
  /** Of requests that are being answered. */
  readonly #open = new Set<ServerResponse>();

  constructor(options: WebServerOptions) {
    this.#options = options;
    this.#access = new Access(options);
    this.#server = createServer({ ...HTTP_LIMITS, shouldUpgradeCallback }, (request, response) => {
      void this.#serve(request, response);
    });
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#server.maxConnections = MAX_CONNECTIONS;
  }

  /** Resolves to the port. `port` 0: any. Rejects with `ERR_CONTROLLER_LISTEN`. */
  async listen(host: string, port: number): Promise<number> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(port, host, () => resolve());
    try {
      await promise;
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      const message =
        `Cannot listen on ${host} port ${port}: ${reason}. ` +
        'Set external-controller to a free address and port.';
      throw new SluiceError('ERR_CONTROLLER_LISTEN', message, { cause });
    }
    this.#server.off('error', reject);
    this.#server.on('error', (error) => this.#options.log.error('ERR_CONTROL', error.message));
    return (this.#server.address() as AddressInfo).port;
  }

  /** Ends streams, lets answers that are on their way out finish. */
  async close(): Promise<void> {
    // Nobody asks here again: the next request is for whoever has the port then.
    for (const response of this.#open) response.shouldKeepAlive = false;
    await closeServer(this.#server, this.#closing);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#open.add(response);
    response.once('close', () => this.#open.delete(response));
    if (this.#closing.signal.aborted) response.shouldKeepAlive = false;
    try {
      if (this.#access.admit(request, response, bearerToken(request))) return;
      const url = URL.parse(request.url ?? '/', 'http://control');
      if (url === null) throw new RequestError(400, 'ERR_REQUEST_URL', 'The path is malformed.');
      await this.#answer(url, request, response);
    } catch (cause) {
      sendError(response, cause, this.#options.log);
    }
  }

  async #answer(url: URL, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = url;
    if (pathname === '/ui' || (pathname === '/' && accepts(request, 'text/html'))) {
      response.writeHead(307, { location: UI_PATH, 'cache-control': 'no-store' }).end();
      return;
    }
    if (pathname.startsWith(UI_PATH)) {
      const { uiFolder } = this.#options;
      await serveUiFile(uiFolder, pathname, request, response, this.#closing.signal);
      return;
    }
    if (pathname === SESSION_PATH && request.method === 'POST') {
      sendJson(response, 200, { token: await this.#openSession(request) });
      return;
    }
    this.#access.authorize(bearerToken(request));
    if (!pathname.startsWith(`${API}/`)) {
      await this.#options.clash.serve(url, request, response, this.#closing.signal);
      return;
    }
    const { service, log } = this.#options;
    const context = {
      service,
      request,
      response,
      closing: this.#closing.signal,
      onSlowReader: () =>
        log.warning('CONTROL_SLOW_READER', 'A browser did not keep up with a stream: dropped.'),
    };
    await serveApi(context, new URL(pathname.slice(API.length) + url.search, url));
  }

  /** A browser cannot send a header with a WebSocket, so the secret may be in the query. */
  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => undefined);
    const response = new ServerResponse(request);
    try {
      const url = URL.parse(request.url ?? '/', 'http://control');
      const token = bearerToken(request) || (url?.searchParams.get('token') ?? '');
      this.#access.admit(request, response, token);
      if (url === null) throw new RequestError(400, 'ERR_REQUEST_URL', 'The path is malformed.');
      this.#access.authorize(token);
      this.#options.clash.upgrade(url, request, socket, head, this.#closing.signal);
    } catch (cause) {
      // Whoever asked for a WebSocket hears why there is none.
      response.assignSocket(socket as Socket);
      response.shouldKeepAlive = false;
      sendError(response, cause, this.#options.log);
      response.once('finish', () => socket.end());
    }
  }

  async #openSession(request: IncomingMessage): Promise<string> {
    const { code } = readObject(await readJson(request), 'The request', ['code']);
    const token = this.#options.sessions.open(readToken(code, 'code', 64));
    if (token !== null) return token;
    const message = 'This link was used already or is too old. "sluice ui" makes a new one.';
    throw new RequestError(401, 'ERR_LINK_USED', message);
  }
}

/** Some clients offer HTTP/2 with every request: whoever does not take it answers as if they had not. */
function shouldUpgradeCallback({ headers }: IncomingMessage): boolean {
  return headers.upgrade?.toLowerCase() === 'websocket';
}

function accepts(request: IncomingMessage, type: string): boolean {
  return (request.headers.accept ?? '').includes(type);
}
