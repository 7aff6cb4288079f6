/** What can go wrong with a request over HTTP, with a stable code each. */
import { SluiceError } from '../api/errors.ts';
import type { ErrorParts } from '../api/errors.ts';
import { printable } from '../../rules/text.ts';

type HttpErrorCode =
  | 'ERR_HTTP_ABORTED'
  /** The connection ended before the answer did. */
  | 'ERR_HTTP_CLOSED'
  /** Compressed in a way that was not asked for, or broken. */
  | 'ERR_HTTP_ENCODING'
  /** Not an answer in HTTP/1.1. */
  | 'ERR_HTTP_PROTOCOL'
  | 'ERR_HTTP_REDIRECT'
  /** Not a status that was expected. */
  | 'ERR_HTTP_STATUS'
  | 'ERR_HTTP_TIMEOUT'
  | 'ERR_HTTP_TLS'
  | 'ERR_HTTP_TOO_LARGE'
  | 'ERR_HTTP_URL';

export class HttpError extends SluiceError {
  readonly parts: ErrorParts;

  /** `problem` and `advice` are sentences without a full stop. */
  constructor(
    code: HttpErrorCode,
    url: URL | string,
    problem: string,
    advice: string,
    cause?: unknown,
  ) {
    const message = `Cannot fetch ${shownUrl(url)}: ${problem}. ${advice}.`;
    super(code, message, cause === undefined ? {} : { cause });
    this.name = 'HttpError';
    this.parts = { problem, advice };
  }
}

/** Without what is a secret in many of them: the login and the query. */
export function shownUrl(url: URL | string): string {
  const parsed = typeof url === 'string' ? URL.parse(url) : url;
  if (parsed === null) return printable(String(url), 200);
  const query = parsed.search === '' ? '' : '?…';
  return printable(`${parsed.protocol}//${parsed.host}${parsed.pathname}${query}`, 200);
}
