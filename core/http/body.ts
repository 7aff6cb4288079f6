/**
 * The body of an answer as a stream of decoded bytes, with a limit that counts what comes over
 * the wire and what comes out of decompression: a bomb ends where the limit is.
 */
import type { IncomingMessage } from 'node:http';
import { Transform, pipeline } from 'node:stream';
import type { TransformCallback } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip, createZstdDecompress } from 'node:zlib';
import { quote } from '../../rules/text.ts';
import type { Deadline } from './deadline.ts';
import { HttpError } from './http-error.ts';

/** What `Accept-Encoding` says. */
export const ACCEPTED_ENCODINGS = 'gzip, br, zstd';

/** RFC 9659: windows of at most 8 MB, so that a frame cannot ask for gigabytes. */
const ZSTD_WINDOW_LOG = 23;

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(),
  'x-gzip': () => createGunzip(),
  br: () => createBrotliDecompress(),
  zstd: () =>
    createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG } }),
};

/**
 * Takes over the message and the deadline: both end with the stream, whichever way it ends.
 * Destroyed with an `HttpError` where something is wrong; throws one where that is known at once.
 * `isBare`: there is no body, whatever the headers say of one.
 */
export function openBody(
  message: IncomingMessage,
  url: URL,
  isBare: boolean,
  maxBytes: number,
  deadline: Deadline,
): Body {
  const announced = isBare ? 0 : Number(message.headers['content-length'] ?? -1);
  if (announced > maxBytes) throw tooLarge(url, maxBytes);
  const { 'content-encoding': named = 'identity' } = message.headers;
  const encoding = announced === 0 ? 'identity' : named.trim().toLowerCase();
  const decoder = Object.hasOwn(decoders, encoding) ? decoders[encoding] : undefined;
  if (decoder === undefined && encoding !== 'identity' && encoding !== '') {
    const problem = `the answer is encoded with ${quote(encoding)}`;
    const advice = `Only ${ACCEPTED_ENCODINGS} are understood`;
    throw new HttpError('ERR_HTTP_ENCODING', url, problem, advice);
  }
  const body = new Body(url, maxBytes, deadline);
  const wire = new Meter(maxBytes, () => tooLarge(url, maxBytes), deadline);
  const ended = (): void => undefined;
  if (decoder === undefined) pipeline(message, wire, body, ended);
  else pipeline(message, wire, decoder(), body, ended);
  return body;
}

function tooLarge(url: URL, maxBytes: number): HttpError {
  const problem = `the answer is larger than ${maxBytes} bytes`;
  return new HttpError('ERR_HTTP_TOO_LARGE', url, problem, 'Raise its size limit if that is right');
}

/** Passes bytes on, up to a number of them. */
class Meter extends Transform {
  readonly #maxBytes: number;
  readonly #tooLarge: () => HttpError;
  readonly #deadline: Deadline;
  #seen = 0;

  constructor(maxBytes: number, tooLarge: () => HttpError, deadline: Deadline) {
    super();
    this.#maxBytes = maxBytes;
    this.#tooLarge = tooLarge;
    this.#deadline = deadline;
  }

  override _transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback): void {
    this.#deadline.progress();
    this.#seen += chunk.length;
    if (this.#seen > this.#maxBytes) done(this.#tooLarge());
    else done(null, chunk);
  }
}

export class Body extends Meter {
  readonly #url: URL;
  readonly #ending: Deadline;
  readonly #onAbort = (): void => {
    this.destroy(this.#ending.signal.reason as HttpError);
  };

  constructor(url: URL, maxBytes: number, deadline: Deadline) {
    super(maxBytes, () => tooLarge(url, maxBytes), deadline);
    this.#url = url;
    this.#ending = deadline;
    deadline.signal.addEventListener('abort', this.#onAbort);
  }

  /** Everything. Rejects with `HttpError`. */
  async bytes(): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of this) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#ending.end();
    this.#ending.signal.removeEventListener('abort', this.#onAbort);
    done(error === null ? null : explain(error, this.#url));
  }
}

function explain(cause: NodeJS.ErrnoException, url: URL): HttpError {
  if (cause instanceof HttpError) return cause;
  const code = cause.code ?? '';
  if (/^(Z_|ERR_BROTLI_|ERR__ERROR_|ZSTD_|ERR_ZSTD_)/.test(code)) {
    const problem = `its compression is broken (${quote(cause.message)})`;
    return new HttpError('ERR_HTTP_ENCODING', url, problem, 'Ask who runs the server', cause);
  }
  const problem = `the connection ended in the middle (${quote(cause.message)})`;
  return new HttpError('ERR_HTTP_CLOSED', url, problem, 'Try again', cause);
}
