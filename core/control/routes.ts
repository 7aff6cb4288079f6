/** The endpoints of the control API, version 1. Types of what they carry are in `core/api`. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseExplainRequest } from '../api/explain.ts';
import type { FlowInfo, FlowList } from '../api/flows.ts';
import { SluiceError } from '../api/errors.ts';
import { FlowWatch } from '../engine/flow-watch.ts';
import type { FlowTable } from '../engine/flow-table.ts';
import { RequestError, readJson, sendJson } from './http.ts';
import { streamLines } from './ndjson.ts';
import type { ControlService } from './service.ts';

export interface RequestContext {
  readonly service: ControlService;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly query: URLSearchParams;
  /** What the path's `:name` parts were. */
  readonly params: Readonly<Record<string, string>>;
  /** Aborts when the server closes: streams end. */
  readonly closing: AbortSignal;
  readonly onSlowReader: () => void;
}

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Parts that begin with a colon take any one segment. */
  readonly path: string;
  handle(context: RequestContext): void | Promise<void>;
}

export const ROUTES: readonly Route[] = [
  {
    method: 'GET',
    path: '/v1/status',
    handle: ({ service, response }) => sendJson(response, 200, service.status()),
  },
  {
    method: 'GET',
    path: '/v1/counters',
    handle: ({ service, response }) => sendJson(response, 200, service.counters()),
  },
  { method: 'GET', path: '/v1/flows', handle: handleFlows },
  { method: 'DELETE', path: '/v1/flows/:id', handle: closeFlow },
  {
    method: 'POST',
    path: '/v1/reload',
    handle: async ({ service, response }) => sendJson(response, 200, await service.reload()),
  },
  {
    method: 'POST',
    path: '/v1/explain',
    handle: async ({ service, request, response }) => {
      const asked = parseExplainRequest(await readJson(request));
      sendJson(response, 200, await service.explain(asked));
    },
  },
];

const MAX_LISTED = 20_000;

function handleFlows(context: RequestContext): void {
  const { service, response, query } = context;
  if (!query.has('watch')) {
    const limit = queryInteger(query, 'limit', 1, MAX_LISTED, MAX_LISTED);
    sendJson(response, 200, listFlows(service.flows, query.get('state') ?? 'live', limit));
    return;
  }
  const interval = queryInteger(query, 'interval', 100, 60_000, 1000);
  const watch = new FlowWatch(service.flows);
  streamLines(response, watch, interval, context.closing, context.onSlowReader);
}

/** Newest first. `state` is live, closed or all. */
function listFlows(table: FlowTable, state: string, limit: number): FlowList {
  if (state !== 'live' && state !== 'closed' && state !== 'all') {
    throw new SluiceError('ERR_REQUEST_INVALID', 'state must be live, closed or all.');
  }
  const records = [
    ...(state === 'live' ? [] : table.recent()),
    ...(state === 'closed' ? [] : table.live()),
  ];
  const flows: FlowInfo[] = [];
  for (let n = records.length - 1; n >= 0 && flows.length < limit; n -= 1) {
    const record = records[n];
    if (record !== undefined) flows.push(record.toInfo());
  }
  return { flows, omitted: records.length - flows.length };
}

function closeFlow({ service, response, params }: RequestContext): void {
  const id = params['id'] ?? '';
  if (!/^\d{1,15}$/.test(id) || !service.flows.close(Number(id))) {
    throw new RequestError(
      404,
      'ERR_FLOW_UNKNOWN',
      `No live flow has the id ${id.slice(0, 40)}. "sluice flows" lists them.`,
    );
  }
  response.writeHead(204).end();
}

function queryInteger(
  query: URLSearchParams,
  name: string,
  min: number,
  max: number,
  fallback: number,
): number {
  const text = query.get(name);
  if (text === null) return fallback;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max) {
    throw new SluiceError(
      'ERR_REQUEST_INVALID',
      `${name} must be a whole number from ${min} to ${max}.`,
    );
  }
  return value;
}
