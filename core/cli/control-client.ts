/**
 * Asks the running core over its control socket. A client object holds only the socket's path;
 * each call is one request.
 */
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import { pathOf } from '../api/endpoint.ts';
import type { AnyEndpoint, Endpoint, RequestArguments, RequestParts } from '../api/endpoint.ts';
import { SluiceError } from '../api/errors.ts';

/** No core runs, or its socket is not ours to use. */
export class NotRunningError extends SluiceError {}

/** An answer is megabytes at most: 20,000 flows of half a kilobyte. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024;
const ANSWER_TIMEOUT_MS = 30_000;

export class ControlClient {
  readonly #socketPath: string;
  readonly #timeoutMs: number;

  /** `timeoutMs`: how long an answer may take. */
  constructor(socketPath: string, timeoutMs = ANSWER_TIMEOUT_MS) {
    this.#socketPath = socketPath;
    this.#timeoutMs = timeoutMs;
  }

  /** Rejects with `SluiceError`, the core's own where it sent one. */
  async call<Params, Query, Body, Answer>(
    endpoint: Endpoint<Params, Query, Body, Answer, 'once'>,
    ...[request]: RequestArguments<Params, Query, Body>
  ): Promise<Answer> {
    const response = await this.#send(endpoint, request as RequestParts | undefined);
    const text = await readAll(response);
    if (isRefusal(response)) throw answeredError(text);
    // Core and its command are of one version: what core answers is what the endpoint says.
    return (text === '' ? undefined : parseAnswer(text)) as Answer;
  }

  /** The values of a stream, one a line, until the core or the caller ends it. Throws as `call` does. */
  async *stream<Params, Query, Body, Answer>(
    endpoint: Endpoint<Params, Query, Body, Answer, 'stream'>,
    ...[request]: RequestArguments<Params, Query, Body>
  ): AsyncGenerator<Answer> {
    const response = await this.#send(endpoint, request as RequestParts | undefined);
    if (isRefusal(response)) throw answeredError(await readAll(response));
    try {
      for await (const line of createInterface({ input: response })) {
        yield parseAnswer(line) as Answer;
      }
    } catch (cause) {
      throw brokenOff(cause);
    } finally {
      response.destroy();
    }
  }

  /** The bytes of a file. Rejects as `call`, and where it breaks off. */
  async *download<Params, Query, Body>(
    endpoint: Endpoint<Params, Query, Body, never, 'file'>,
    ...[request]: RequestArguments<Params, Query, Body>
  ): AsyncGenerator<Buffer> {
    const response = await this.#send(endpoint, request as RequestParts | undefined);
    if (isRefusal(response)) throw answeredError(await readAll(response));
    yield* bytesOf(response);
  }

  async #send(
    endpoint: Pick<AnyEndpoint, 'method' | 'path'>,
    parts: RequestParts = {},
  ): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const outgoing = request(
      {
        socketPath: this.#socketPath,
        method: endpoint.method,
        path: pathOf(endpoint, parts),
        agent: false,
        timeout: this.#timeoutMs,
      },
      resolve,
    );
    outgoing.on('timeout', () =>
      outgoing.destroy(new SluiceError('ERR_CONTROL_TIMEOUT', 'The core does not answer.')),
    );
    outgoing.on('error', (cause) => reject(this.#connectError(cause)));
    outgoing.end(parts.body === undefined ? undefined : JSON.stringify(parts.body));
    return promise;
  }

  #connectError(cause: NodeJS.ErrnoException): Error {
    if (cause instanceof SluiceError) return cause;
    if (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED') {
      return new NotRunningError(
        'ERR_NOT_RUNNING',
        'Sluice is not running. Start it with "sluice run".',
        { cause },
      );
    }
    if (cause.code === 'EACCES') {
      return new NotRunningError(
        'ERR_CONTROL_DENIED',
        `The control socket ${this.#socketPath} belongs to another user. Run this command as root.`,
        { cause },
      );
    }
    return new SluiceError('ERR_CONTROL', `Asking the running core failed: ${cause.message}`, {
      cause,
    });
  }
}

function isRefusal({ statusCode = 500 }: IncomingMessage): boolean {
  return statusCode >= 400;
}

async function* bytesOf(response: IncomingMessage): AsyncGenerator<Buffer> {
  try {
    yield* response as AsyncIterable<Buffer>;
  } catch (cause) {
    throw brokenOff(cause);
  }
}

/** For an answer that did not come to its end. */
function brokenOff(cause: unknown): SluiceError {
  if (cause instanceof SluiceError) return cause;
  return new SluiceError('ERR_CONTROL', 'Sluice has ended while it answered.', { cause });
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytesOf(response)) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) {
      throw new SluiceError('ERR_CONTROL_ANSWER', "The core's answer is too large to be right.");
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SluiceError('ERR_CONTROL_ANSWER', "The core's answer is not JSON.", { cause });
  }
}

function answeredError(text: string): SluiceError {
  const value = parseAnswer(text);
  if (typeof value === 'object' && value !== null && 'code' in value && 'message' in value) {
    return new SluiceError(String(value.code), String(value.message));
  }
  return new SluiceError('ERR_CONTROL_ANSWER', 'The core refused, and did not say why.');
}
