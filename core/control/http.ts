/** Requests in, JSON out: bodies with a limit, errors in one shape. No state. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setImmediate } from 'node:timers/promises';
import { SluiceError, toApiError } from '../api/errors.ts';
import type { Logger } from '../log/logger.ts';

/** An answer other than 2xx. */
export class RequestError extends SluiceError {
  readonly status: number;

  constructor(status: number, code: string, message: string) {
    super(code, message);
    this.name = 'RequestError';
    this.status = status;
  }
}

/** Where an endpoint says nothing else; no other request is near it. */
const USUAL_BODY_BYTES = 64 * 1024;

/** The body as JSON; an empty body is `undefined`. Rejects with `RequestError`. */
export async function readJson(
  request: IncomingMessage,
  maxBytes = USUAL_BODY_BYTES,
): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maxBytes) {
        const message = `The request's body is over ${maxBytes} bytes.`;
        throw new RequestError(413, 'ERR_REQUEST_TOO_LARGE', message);
      }
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof RequestError) throw cause;
    throw new RequestError(400, 'ERR_REQUEST_ABORTED', 'The request broke off.');
  }
  if (size === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RequestError(400, 'ERR_REQUEST_JSON', `The request's body is not JSON: ${reason}`);
  }
}

/** How long a client may take nothing of a long answer. */
const STALLED_MS = 30_000;

/**
 * An answer of megabytes: its JSON in pieces, each made when the one before is on its way, so that
 * neither the loop nor the memory has all of it at once.
 */
export class PiecedAnswer<T> {
  readonly pieces: Iterable<string>;
  /** Never there at run time: what the pieces are together. */
  declare readonly answer?: T;

  constructor(pieces: Iterable<string>) {
    this.pieces = pieces;
  }
}

/** As `pipePieces`. */
export async function sendPieces(
  response: ServerResponse,
  { pieces }: PiecedAnswer<unknown>,
  signal: AbortSignal,
): Promise<void> {
  response.writeHead(200, {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
  });
  await pipePieces(response, pace(pieces), signal);
}

/** Others have their turn after each. */
export async function* pace(pieces: Iterable<string>): AsyncIterable<string> {
  for (const piece of pieces) {
    yield piece;
    await setImmediate();
  }
}

/**
 * The body, no faster than the client takes it. Resolves when it is sent, the client is gone or has taken
 * nothing for long, or `signal` has aborted. Rejects as the pieces do.
 */
export async function pipePieces(
  response: ServerResponse,
  pieces: Iterable<Uint8Array> | AsyncIterable<string | Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  if (response.destroyed) return;
  response.setTimeout(STALLED_MS, () => response.destroy());
  try {
    await pipeline(Readable.from(pieces, { objectMode: false }), response, { signal });
  } catch (cause) {
    response.destroy();
    const code = cause instanceof Error && 'code' in cause ? cause.code : null;
    // Whoever leaves in the middle of an answer is no failure of ours.
    if (code !== 'ERR_STREAM_PREMATURE_CLOSE' && code !== 'ABORT_ERR') throw cause;
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
  // What the system has taken is off our hands.
  if (response.writableLength > 0) response.setTimeout(STALLED_MS, () => response.destroy());
}

/** Tells the client, and the log where it is a defect of ours. */
export function sendError(response: ServerResponse, cause: unknown, log: Logger): void {
  if (!(cause instanceof SluiceError)) {
    const reason = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
    log.error('ERR_INTERNAL', `A control request failed: ${reason}`);
  }
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const status = cause instanceof RequestError ? cause.status : statusOf(cause);
  // What is left of a refused body is not worth reading.
  if (status === 413) response.setHeader('connection', 'close');
  sendJson(response, status, toApiError(cause));
}

const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  ERR_CASES_CHANGED: 409,
  ERR_CONFIG_CHANGED: 409,
  ERR_DNS_IN_USE: 409,
  ERR_DNS_UNKNOWN: 404,
  ERR_DOCTOR_BUSY: 409,
  ERR_FLOW_UNKNOWN: 404,
  ERR_GROUP_UNKNOWN: 404,
  ERR_PROXY_UNKNOWN: 404,
  ERR_RECORDING_RUNS: 409,
  ERR_REVISION_UNKNOWN: 404,
  ERR_SETTING_UNKNOWN: 404,
};

/** A request that the core understood and could not do is the client's to change; the rest is ours. */
function statusOf(cause: unknown): number {
  if (!(cause instanceof SluiceError)) return 500;
  return STATUS_OF_CODE[cause.code] ?? 400;
}
