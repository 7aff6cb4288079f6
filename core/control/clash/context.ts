/** What the handlers of the Clash API have in common. */
import { SluiceError } from '../../api/errors.ts';
import { RequestError } from '../http.ts';
import type { ControlService } from '../service.ts';
import type { ClashStorage } from './storage.ts';

export interface ClashContext {
  readonly service: ControlService;
  readonly storage: ClashStorage;
  /** What the path's `:name` parts were. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** As JSON, whatever it calls itself; undefined where there is none. */
  readonly body: unknown;
}

/** Undefined is answered with 204, anything else as JSON. Rejects with `SluiceError`. */
export type ClashHandler = (context: ClashContext) => unknown;

/** A field of a body that has to be an object; other fields are not looked at, as in mihomo. */
export function bodyFields(body: unknown): Readonly<Record<string, unknown>> {
  if (typeof body === 'object' && body !== null && !Array.isArray(body)) {
    return body as Readonly<Record<string, unknown>>;
  }
  throw new RequestError(400, 'ERR_REQUEST_INVALID', 'Body invalid');
}

export function param({ params }: ClashContext, name: string): string {
  return params[name] ?? '';
}

export function notFound(message = 'Resource not found'): RequestError {
  return new RequestError(404, 'ERR_NOT_FOUND', message);
}

/** What exists in mihomo and makes no sense here. */
export function notHere(message: string): ClashHandler {
  return () => {
    throw new RequestError(501, 'ERR_NOT_HERE', message);
  };
}

/** The statuses of mihomo for errors of ours. */
export function toClashError(cause: unknown): unknown {
  if (!(cause instanceof SluiceError) || cause instanceof RequestError) return cause;
  const status = STATUSES[cause.code];
  return status === undefined ? cause : new RequestError(status, cause.code, cause.message);
}

const STATUSES: Readonly<Record<string, number>> = {
  ERR_ENGINE_NOT_RUNNING: 503,
  ERR_GROUP_UNKNOWN: 404,
  ERR_HTTP_TIMEOUT: 504,
  ERR_PROVIDER_UNKNOWN: 404,
  ERR_PROXY_UNKNOWN: 404,
};
