/**
 * One test of an upstream: a HEAD request through it, the same way as traffic. Keeps no state;
 * everything that the other side sends is bounded in size and time.
 */
import type { Duplex } from 'node:stream';
import { isExpected } from '../config/expected-status.ts';
import { openConnection } from '../http/connection.ts';
import { Deadline } from '../http/deadline.ts';
import { HttpError } from '../http/http-error.ts';
import { discard } from '../upstream/attempt.ts';
import type { Upstream } from '../upstream/upstream.ts';

export interface ProbeOptions {
  /** http or https. */
  readonly url: string;
  readonly timeoutMs: number;
  /** See `core/config/expected-status.ts`. */
  readonly expectedStatus: string;
  /** Measure a second request over the same connection: one round trip, without handshakes. */
  readonly unified: boolean;
}

const MAX_HEAD_BYTES = 16 * 1024;

/** The delay in whole milliseconds, at least 1. Rejects with `HttpError` or `UpstreamError`. */
export async function probe(
  upstream: Upstream,
  options: ProbeOptions,
  signal: AbortSignal,
): Promise<number> {
  const url = URL.parse(options.url);
  if (url === null) {
    const problem = 'this is no http or https URL';
    throw new HttpError('ERR_HTTP_URL', options.url, problem, 'Write it as https://host/path');
  }
  const { timeoutMs } = options;
  const deadline = new Deadline(options.url, timeoutMs, timeoutMs, signal);
  const dial = (host: string, port: number, aborted: AbortSignal): Promise<Duplex> =>
    upstream.connect({ host, port }, aborted);
  let stream: Duplex | null = null;
  try {
    let begun = performance.now();
    stream = await openConnection(url, dial, deadline);
    let status = await deadline.race(ask(stream, url), () => undefined);
    let ended = performance.now();
    if (options.unified) {
      const again = performance.now();
      // A server that answers one request a connection gets the first measurement.
      const second = await deadline.race(ask(stream, url), () => undefined).catch(() => null);
      if (second !== null) {
        status = second;
        begun = again;
        ended = performance.now();
      }
    }
    if (!isExpected(status, options.expectedStatus)) {
      const problem = `the answer has status ${status}, expected is ${options.expectedStatus}`;
      const advice = 'Something on the way answers in place of the server, or the URL is wrong';
      throw new HttpError('ERR_HTTP_STATUS', url, problem, advice);
    }
    return Math.max(1, Math.round(ended - begun));
  } finally {
    deadline.end();
    if (stream !== null) discard(stream);
  }
}

/** The status of the answer to a HEAD request, which has no body. */
function ask(stream: Duplex, url: URL): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const fail = (problem: string, cause?: unknown): void => {
    const advice = 'Check that this is a web server';
    reject(new HttpError('ERR_HTTP_PROTOCOL', url, problem, advice, cause));
  };
  let head = '';
  const onData = (chunk: Buffer): void => {
    head += chunk.toString('latin1');
    const status = /^HTTP\/1\.[01] ([1-9][0-9]{2})[ \r\n]/.exec(head)?.[1];
    if (head.length >= 13 && status === undefined) fail('the answer is not HTTP');
    else if (head.length > MAX_HEAD_BYTES) fail('the head of the answer is too large');
    else if (status !== undefined && /\r?\n\r?\n/.test(head)) resolve(Number(status));
  };
  const onError = (cause: Error): void => fail('the connection broke', cause);
  const onEnd = (): void => fail('the connection ended before an answer came');
  stream.on('data', onData).once('error', onError).once('end', onEnd).once('close', onEnd);
  stream.write(
    `HEAD ${url.pathname}${url.search} HTTP/1.1\r\nHost: ${url.host}\r\nUser-Agent: Sluice\r\nAccept: */*\r\n\r\n`,
  );
  return promise.finally(() => {
    stream.off('data', onData).off('error', onError).off('end', onEnd).off('close', onEnd);
  });
}
