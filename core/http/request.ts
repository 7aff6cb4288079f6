/**
 * An HTTP(S) client over any stream: whoever asks brings the way out (past the tunnel, or through
 * an upstream). HTTP/1.1, one connection for each request. Everything that the other side sends
 * is bounded in size and time. Keeps no state.
 */
import { request as nodeRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { decodePart, quote } from '../../rules/text.ts';
import { discard } from '../upstream/attempt.ts';
import { ACCEPTED_ENCODINGS, openBody } from './body.ts';
import type { Body } from './body.ts';
import { openConnection } from './connection.ts';
import type { Dial } from './connection.ts';
import { Deadline } from './deadline.ts';
import { HttpError } from './http-error.ts';

export interface HttpRequest {
  /** http or https; a login in it is sent as Basic authentication. */
  readonly url: string;
  /** GET when absent. */
  readonly method?: 'GET' | 'HEAD';
  /** Names and values were checked: tokens, and no control characters. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  /** Of the body, as it comes and decoded. */
  readonly maxBytes: number;
  /** For everything, from dialling to the last byte of the body. */
  readonly timeoutMs: number;
  /** The longest pause in which nothing comes. */
  readonly stallMs?: number;
  /** Absent: 10. With 0 a redirect is an answer like any other. */
  readonly maxRedirects?: number;
}

export interface HttpResponse {
  readonly status: number;
  /** By lower-case name; repeated ones joined as Node does. */
  readonly headers: IncomingHttpHeaders;
  /** Where the answer came from in the end. */
  readonly url: URL;
  /** Decoded. To be read to its end or destroyed: until then the connection is held. */
  readonly body: Body;
}

const STALL_MS = 30_000;
const MAX_REDIRECTS = 10;
const MAX_HEAD_BYTES = 32 * 1024;

/** Rejects with `HttpError`, or what `dial` rejects with. Any status is an answer. */
export async function httpRequest(
  request: HttpRequest,
  dial: Dial,
  signal: AbortSignal,
): Promise<HttpResponse> {
  const { timeoutMs, stallMs = STALL_MS, maxRedirects = MAX_REDIRECTS } = request;
  const deadline = new Deadline(request.url, timeoutMs, stallMs, signal);
  try {
    let url = parseUrl(request.url, request.url);
    let headers = { ...request.headers };
    for (let redirects = 0; ; redirects++) {
      const message = await exchange(request, url, headers, dial, deadline);
      const next = maxRedirects === 0 ? null : redirectOf(message, url);
      if (next === null) {
        const { statusCode: status = 0 } = message;
        try {
          const isBare = request.method === 'HEAD' || status === 204 || status === 304;
          const body = openBody(message, url, isBare, request.maxBytes, deadline);
          return { status, headers: message.headers, url, body };
        } catch (cause) {
          message.destroy();
          throw cause;
        }
      }
      message.destroy();
      if (redirects === maxRedirects) {
        const problem = `it redirects more than ${maxRedirects} times`;
        throw new HttpError('ERR_HTTP_REDIRECT', request.url, problem, 'Check the URL');
      }
      if (next.origin !== url.origin) headers = withoutSecrets(headers);
      url = next;
    }
  } catch (cause) {
    deadline.end();
    throw cause;
  }
}

function parseUrl(text: string, base: string): URL {
  const url = URL.parse(text, base);
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  const problem = 'this is no http or https URL';
  throw new HttpError('ERR_HTTP_URL', text, problem, 'Write it as https://host/path');
}

/** Sends the request and resolves with the head of the answer, its body still to come. */
async function exchange(
  { method = 'GET' }: HttpRequest,
  url: URL,
  headers: Readonly<Record<string, string | readonly string[]>>,
  dial: Dial,
  deadline: Deadline,
): Promise<IncomingMessage> {
  const stream = await openConnection(url, dial, deadline);
  // It may fail before the request has hold of it.
  stream.on('error', () => undefined);
  deadline.progress();
  try {
    const message = await deadline.race(head(stream, method, url, headers), () => undefined);
    deadline.progress();
    message.once('close', () => discard(stream));
    return message;
  } catch (cause) {
    discard(stream);
    if (cause instanceof HttpError) throw cause;
    throw explain(cause as NodeJS.ErrnoException, url);
  }
}

function head(
  stream: Duplex,
  method: string,
  url: URL,
  headers: Readonly<Record<string, string | readonly string[]>>,
): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const outgoing = nodeRequest({
    createConnection: () => stream,
    method,
    path: `${url.pathname}${url.search}`,
    headers: {
      host: url.host,
      'accept-encoding': ACCEPTED_ENCODINGS,
      ...basicLogin(url),
      ...lowerCased(headers),
    },
    maxHeaderSize: MAX_HEAD_BYTES,
  });
  outgoing.on('response', resolve).on('error', reject).end();
  return promise;
}

/** Null: the answer is no redirect. */
function redirectOf({ statusCode = 0, headers }: IncomingMessage, from: URL): URL | null {
  if (![301, 302, 303, 307, 308].includes(statusCode) || headers.location === undefined)
    return null;
  const to = parseUrl(headers.location, from.href);
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    const problem = `it redirects from https to ${quote(to.origin)}, which anybody could change on the way`;
    throw new HttpError('ERR_HTTP_REDIRECT', from, problem, 'Use the URL that it leads to');
  }
  return to;
}

/** What was meant for one server is not for another. */
function withoutSecrets<T>(headers: Readonly<Record<string, T>>): Record<string, T> {
  const secret = ['authorization', 'cookie', 'proxy-authorization'];
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !secret.includes(name.toLowerCase())),
  );
}

/** RFC 7617 section 2. */
function basicLogin({ username, password }: URL): { authorization?: string } {
  if (username === '' && password === '') return {};
  const login = `${decodePart(username)}:${decodePart(password)}`;
  return { authorization: `Basic ${Buffer.from(login).toString('base64')}` };
}

function lowerCased(
  headers: Readonly<Record<string, string | readonly string[]>>,
): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name.toLowerCase(),
      typeof value === 'string' ? value : [...value],
    ]),
  );
}

function explain(cause: NodeJS.ErrnoException, url: URL): HttpError {
  if (cause.code?.startsWith('HPE_') === true) {
    const problem = `the answer is not HTTP (${quote(cause.message)})`;
    return new HttpError('ERR_HTTP_PROTOCOL', url, problem, 'Check the URL', cause);
  }
  const problem = `the connection ended before an answer came (${quote(cause.message)})`;
  const advice = 'Check that this is the right server and port';
  return new HttpError('ERR_HTTP_CLOSED', url, problem, advice, cause);
}
