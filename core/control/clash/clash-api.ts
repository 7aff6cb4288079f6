/**
 * The API that dashboards for Clash and mihomo know, over plain requests and WebSockets. Who may
 * ask has been checked before. Owns the WebSockets until it is closed.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Logger } from '../../log/logger.ts';
import { productVersion } from '../../version.ts';
import { PiecedAnswer, RequestError, readJson, sendJson, sendPieces } from '../http.ts';
import { matchPath } from '../match-path.ts';
import type { ControlService } from '../service.ts';
import { configRoutes } from './configs.ts';
import { connectionRoutes } from './connections.ts';
import { notFound, param, toClashError } from './context.ts';
import type { ClashContext, ClashHandler } from './context.ts';
import { dnsRoutes } from './dns.ts';
import { providerRoutes } from './providers.ts';
import { proxyRoutes } from './proxies.ts';
import { ruleRoutes } from './rules.ts';
import { chunkedSink, sendFrames, webSocketSink } from './send-frames.ts';
import { MAX_VALUE_BYTES } from './storage.ts';
import type { ClashStorage } from './storage.ts';
import { clashStreams } from './streams.ts';

/** A client says nothing that is longer. */
const MAX_MESSAGE_BYTES = 1024;

const generalRoutes: Readonly<Record<string, ClashHandler>> = {
  'GET /': () => ({ hello: 'sluice' }),
  'GET /version': () => ({ meta: true, version: productVersion() }),
  'GET /storage/:key': (context) => context.storage.get(param(context, 'key')),
  'PUT /storage/:key': (context) => {
    if (context.body === undefined) throw new RequestError(400, 'ERR_REQUEST_JSON', 'Body invalid');
    context.storage.set(param(context, 'key'), context.body);
  },
  'DELETE /storage/:key': (context) => context.storage.delete(param(context, 'key')),
};

interface Route {
  readonly method: string;
  readonly path: string;
  readonly handler: ClashHandler;
}

/** Paths without parameters first: `/providers/proxies/x/healthcheck` is not a proxy's name. */
const ROUTES: readonly Route[] = Object.entries({
  ...generalRoutes,
  ...proxyRoutes,
  ...connectionRoutes,
  ...ruleRoutes,
  ...providerRoutes,
  ...configRoutes,
  ...dnsRoutes,
})
  .map(([name, handler]) => {
    const [method = '', path = ''] = name.split(' ');
    return { method, path, handler };
  })
  .sort((a, b) => a.path.split(':').length - b.path.split(':').length);

export class ClashApi {
  readonly #service: ControlService;
  readonly #storage: ClashStorage;
  readonly #log: Logger;
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  });

  constructor(service: ControlService, storage: ClashStorage, log: Logger) {
    this.#service = service;
    this.#storage = storage;
    this.#log = log;
  }

  /** Rejects with `SluiceError`. `closing` aborts when the server closes. */
  async serve(
    url: URL,
    request: IncomingMessage,
    response: ServerResponse,
    closing: AbortSignal,
  ): Promise<void> {
    const { method = '' } = request;
    // Without a WebSocket the connections are told once.
    const open = url.pathname === '/connections' ? undefined : streamOf(url.pathname);
    if (open !== undefined && method === 'GET') {
      const stream = open(this.#service, url.searchParams);
      sendFrames(chunkedSink(response), stream, closing, this.#onDropped);
      return;
    }
    const { handler, params } = findRoute(method, url.pathname);
    const context: ClashContext = {
      service: this.#service,
      storage: this.#storage,
      params,
      query: url.searchParams,
      body: await readJson(request, MAX_VALUE_BYTES),
    };
    try {
      const answer = await handler(context);
      if (answer === undefined) {
        response.writeHead(204, { 'cache-control': 'no-store' }).end();
      } else if (answer instanceof PiecedAnswer) await sendPieces(response, answer, closing);
      else sendJson(response, 200, answer);
    } catch (cause) {
      throw toClashError(cause);
    }
  }

  /** Makes the connection a WebSocket. Throws `SluiceError` where there is no such stream. */
  upgrade(
    url: URL,
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    closing: AbortSignal,
  ): void {
    const open = streamOf(url.pathname);
    if (open === undefined) throw notFound();
    const stream = open(this.#service, url.searchParams);
    this.#sockets.handleUpgrade(request, socket, head, (connected) => {
      // A client that breaks the protocol is closed by ws; there is nothing more to it.
      connected.on('error', () => undefined);
      sendFrames(webSocketSink(connected), stream, closing, this.#onDropped);
    });
  }

  readonly #onDropped = (): void => {
    this.#log.warning('CONTROL_SLOW_READER', 'A dashboard did not keep up with a stream: dropped.');
  };
}

function streamOf(path: string): (typeof clashStreams)[string] | undefined {
  return Object.hasOwn(clashStreams, path) ? clashStreams[path] : undefined;
}

function findRoute(
  method: string,
  path: string,
): { handler: ClashHandler; params: Readonly<Record<string, string>> } {
  let isKnown = false;
  for (const route of ROUTES) {
    const params = matchPath(route.path, path);
    if (params === null) continue;
    if (route.method === method) return { handler: route.handler, params };
    isKnown = true;
  }
  if (!isKnown) throw notFound();
  throw new RequestError(405, 'ERR_METHOD_NOT_ALLOWED', `${path} takes no ${method} requests.`);
}
