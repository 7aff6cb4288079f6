/** Calls core's API: one answer, or a stream of them. The same in a browser and behind `app://`. */
import { pathOf } from '../../core/api/endpoint.ts';
import type {
  AnyEndpoint,
  Endpoint,
  RequestArguments,
  RequestParts,
} from '../../core/api/endpoint.ts';
import { ApiFailure } from './failure.ts';
import { sessionToken } from './session.ts';

const BASE = '/api';

/** Rejects with `ApiFailure`. */
export async function call<Params, Query, Body, Answer>(
  endpoint: Endpoint<Params, Query, Body, Answer, 'once'>,
  ...[request]: RequestArguments<Params, Query, Body>
): Promise<Answer> {
  const response = await send(endpoint, request as RequestParts | undefined);
  const text = await response.text();
  // Core serves this very page: what it answers is what the endpoint says.
  return (text === '' ? undefined : JSON.parse(text)) as Answer;
}

/** A file, with its media type. Rejects with `ApiFailure`. */
export async function fetchFile<Params, Query, Body>(
  endpoint: Endpoint<Params, Query, Body, never, 'file'>,
  ...[request]: RequestArguments<Params, Query, Body>
): Promise<Blob> {
  const response = await send(endpoint, request as RequestParts | undefined);
  return response.blob().catch(() => {
    throw ApiFailure.offline();
  });
}

/** Calls `onLine` for each value until `signal` aborts. Resolves when core ended it; rejects with `ApiFailure`. */
export async function follow<Params, Query, Body, Answer>(
  endpoint: Endpoint<Params, Query, Body, Answer, 'stream'>,
  request: RequestArguments<Params, Query, Body>[0],
  onLine: (value: Answer) => void,
  signal: AbortSignal,
): Promise<void> {
  const response = await send(endpoint, request as RequestParts | undefined, signal);
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw ApiFailure.offline();
    });
    if (done) return;
    const lines = (rest + value).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(JSON.parse(line) as Answer);
  }
}

async function send(
  endpoint: Pick<AnyEndpoint, 'method' | 'path'>,
  request: RequestParts = {},
  signal: AbortSignal | null = null,
): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(BASE + pathOf(endpoint, request), {
      method: endpoint.method,
      headers: { authorization: `Bearer ${sessionToken()}` },
      body: request.body === undefined ? null : JSON.stringify(request.body),
      signal,
    });
  } catch (cause) {
    if (signal?.aborted === true) throw cause;
    throw ApiFailure.offline();
  }
  if (!response.ok) throw await ApiFailure.of(response);
  return response;
}
