/** Finds the endpoint that a request means, has it check the request, and sends what its handler answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AnyEndpoint, TextFields } from '../api/endpoint.ts';
import { endpoints } from '../api/endpoints.ts';
import { sendFile } from './files.ts';
import type { FileAnswer } from './files.ts';
import { handlers } from './handlers.ts';
import type { Checked } from './handlers.ts';
import { PiecedAnswer, RequestError, readJson, sendJson, sendPieces } from './http.ts';
import { matchPath } from './match-path.ts';
import { streamLines, streamSteps } from './ndjson.ts';
import type { LineSource, StepSource } from './ndjson.ts';
import type { ControlService } from './service.ts';
import { productVersion } from '../version.ts';

export interface RequestContext {
  readonly service: ControlService;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** Aborts when the server closes: streams end. */
  readonly closing: AbortSignal;
  readonly onSlowReader: () => void;
}

/** The handler of an endpoint, whose types only its name in the table knows. */
type AnyHandler = (service: ControlService, request: Checked<unknown, unknown, unknown>) => unknown;

interface Route {
  readonly endpoint: AnyEndpoint;
  readonly handler: AnyHandler;
}

const ROUTES: readonly Route[] = Object.entries(endpoints).map(([name, endpoint]) => ({
  endpoint: endpoint as AnyEndpoint,
  handler: handlers[name as keyof typeof handlers] as AnyHandler,
}));

/** Rejects with `SluiceError`: where the request is at fault, with `RequestError` or `ERR_REQUEST_INVALID`. */
export async function serveApi(context: RequestContext, url: URL): Promise<void> {
  const { service, request, response, closing, onSlowReader } = context;
  const { route, params } = findRoute(request.method ?? '', url.pathname);
  const { endpoint, handler } = route;
  const checked = {
    params: endpoint.params(params),
    query: endpoint.query(Object.fromEntries(url.searchParams)),
    body: endpoint.body(await readJson(request, endpoint.maxBody)),
  };
  const answer = await handler(service, checked);
  if (endpoint.kind === 'stream') {
    const source = answer as LineSource<unknown> | StepSource<unknown>;
    if ('begin' in source) await streamSteps(response, source, closing, onSlowReader);
    else streamLines(response, source, closing, onSlowReader);
  } else if (endpoint.kind === 'file') {
    await sendFile(response, answer as FileAnswer, closing);
  } else if (answer === undefined) {
    response.writeHead(204, { 'cache-control': 'no-store' }).end();
  } else if (answer instanceof PiecedAnswer) {
    await sendPieces(response, answer, closing);
  } else {
    sendJson(response, 200, answer);
  }
}

function findRoute(method: string, path: string): { route: Route; params: TextFields } {
  const allowed: string[] = [];
  for (const route of ROUTES) {
    const params = matchPath(route.endpoint.path, path);
    if (params === null) continue;
    if (route.endpoint.method === method) return { route, params };
    allowed.push(route.endpoint.method);
  }
  if (allowed.length > 0) {
    throw new RequestError(
      405,
      'ERR_METHOD_NOT_ALLOWED',
      `${path} takes ${allowed.join(' and ')} requests.`,
    );
  }
  throw unknownEndpoint(path);
}

/** The version that the paths of `endpoints` begin with. */
const VERSION = '1';

/** An old client, or a newer one, is told that it is one. */
function unknownEndpoint(path: string): RequestError {
  const version = /^\/v([0-9]{1,6})\//.exec(path)?.[1];
  if (version === undefined || version === VERSION) {
    return new RequestError(404, 'ERR_NOT_FOUND', 'There is no such endpoint.');
  }
  const message =
    `This Sluice (${productVersion()}) speaks version ${VERSION} of its API, not ${version}. ` +
    'Use a client of the same version as Sluice: update the older one of the two.';
  return new RequestError(404, 'ERR_API_VERSION', message);
}
