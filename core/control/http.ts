/** Requests in, JSON out: bodies with a limit, errors in one shape. No state. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SluiceError, toApiError } from '../api/errors.ts';

/** An answer other than 2xx. */
export class RequestError extends SluiceError {
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(code, message);
    this.name = 'RequestError';
    this.status = status;
  }
}

/** No request of this API is near it. */
const MAX_BODY_BYTES = 64 * 1024;

/** The body as JSON; an empty body is `undefined`. Rejects with `RequestError`. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) {
      throw new RequestError(
        413,
        'ERR_REQUEST_TOO_LARGE',
        `The request's body is over ${MAX_BODY_BYTES} bytes.`,
      );
    }
    chunks.push(chunk);
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RequestError(400, 'ERR_REQUEST_JSON', `The request's body is not JSON: ${reason}`);
  }
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(`${JSON.stringify(value)}\n`);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': body.length,
    'cache-control': 'no-store',
  });
  response.end(body);
}

export function sendError(response: ServerResponse, cause: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = cause instanceof RequestError ? cause.status : statusOf(cause);
  // What is left of a refused body is not worth reading.
  if (status === 413) response.setHeader('connection', 'close');
  sendJson(response, status, toApiError(cause));
}

/** A request that the core understood and could not do is the client's to change; the rest is ours. */
function statusOf(cause: unknown): number {
  return cause instanceof SluiceError ? 400 : 500;
}
