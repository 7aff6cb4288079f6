/**
 * A resolver over HTTPS (RFC 8484): one HTTP/2 session serves all queries. A server that speaks
 * HTTP/1.1 alone, or plain `http://`, gets one connection for each. Owns the session.
 */
import { request as request1 } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect, constants } from 'node:http2';
import type { ClientHttp2Session, IncomingHttpHeaders } from 'node:http2';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { quote } from '../../../rules/text.ts';
import { readAnswer, isReplyTo } from './check-reply.ts';
import { SharedDial } from './shared-dial.ts';
import { ServerFailure, toFailure } from './server.ts';
import type { Answer, DnsServer, Query } from './server.ts';

const MEDIA_TYPE = 'application/dns-message';
const MAX_REPLY = 65_535;
/** A session that is not used is not held for long. */
const IDLE_MS = 30_000;
/** A session on which nothing comes for so long, while somebody waits, is dead. */
const STALL_MS = 1500;

export interface HttpsOptions {
  /** With its port where that is not the usual one; IPv6 in brackets. */
  readonly authority: string;
  readonly scheme: 'http' | 'https';
  readonly path: string;
  /** Empty: none. */
  readonly authorization: string;
  /** A stream, secured where the scheme says so. */
  readonly dial: (signal: AbortSignal) => Promise<Duplex>;
}

/** What a dial led to: a session for all, or a stream for one request over HTTP/1.1. */
type Connection =
  | { readonly kind: 'session'; readonly session: Session }
  | { readonly kind: 'stream'; readonly stream: Duplex };

export class HttpsServer implements DnsServer {
  readonly name: string;
  readonly #options: HttpsOptions;
  readonly #dial: SharedDial<Connection>;
  #session: Session | null = null;
  /** The server does not speak HTTP/2: no connection can be shared. */
  #isOld: boolean;

  constructor(name: string, options: HttpsOptions) {
    this.name = name;
    this.#options = options;
    this.#isOld = options.scheme === 'http';
    this.#dial = new SharedDial(
      name,
      (signal) => this.#connect(signal),
      (connection) => {
        if (connection.kind === 'session') connection.session.close();
        else connection.stream.on('error', () => undefined).destroy();
      },
    );
  }

  async ask(query: Query, signal: AbortSignal): Promise<Answer> {
    try {
      const reply = await this.#ask(query, signal);
      if (!isReplyTo(reply, query, reply.readUInt16BE(0))) {
        throw new ServerFailure('useless', 'it answers another question');
      }
      return readAnswer(reply, query);
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      throw toFailure(cause);
    }
  }

  reset(): void {
    this.#session?.close();
    this.#session = null;
    this.#isOld = this.#options.scheme === 'http';
  }

  async #ask(query: Query, signal: AbortSignal): Promise<Buffer> {
    if (this.#isOld) return this.#askOnce(await this.#options.dial(signal), query, signal);
    const session = await this.#open(signal);
    if (session === null) return this.#ask(query, signal);
    const wasUsed = session.wasUsed;
    try {
      return await session.ask(query.message, this.#headers(query), signal);
    } catch (cause) {
      // The server may have closed it the moment the query was sent: not its last word.
      const isOld = wasUsed && !session.isUsable;
      if (signal.aborted || !isOld) throw cause;
    }
    const fresh = await this.#open(signal);
    if (fresh === null) return this.#ask(query, signal);
    return fresh.ask(query.message, this.#headers(query), signal);
  }

  /** Null: the server turned out to speak HTTP/1.1. */
  async #open(signal: AbortSignal): Promise<Session | null> {
    if (this.#session?.isUsable === true) return this.#session;
    const connection = await this.#dial.join(signal);
    if (connection.kind === 'session') {
      this.#session = connection.session;
      return connection.session;
    }
    this.#isOld = true;
    connection.stream.on('error', () => undefined).destroy();
    return null;
  }

  async #connect(signal: AbortSignal): Promise<Connection> {
    const { dial, scheme, authority } = this.#options;
    const stream = await dial(signal);
    if ((stream as TLSSocket).alpnProtocol !== 'h2') return { kind: 'stream', stream };
    const session = connect(`${scheme}://${authority}`, { createConnection: () => stream });
    return { kind: 'session', session: new Session(session) };
  }

  #headers(query: Query): Record<string, string> {
    const { authority, scheme, path, authorization } = this.#options;
    return {
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_SCHEME]: scheme,
      [constants.HTTP2_HEADER_AUTHORITY]: authority,
      [constants.HTTP2_HEADER_PATH]: path,
      accept: MEDIA_TYPE,
      'content-type': MEDIA_TYPE,
      'content-length': String(query.message.length),
      ...(authorization === '' ? {} : { authorization }),
    };
  }

  /** HTTP/1.1, and the connection ends with it. */
  async #askOnce(stream: Duplex, query: Query, signal: AbortSignal): Promise<Buffer> {
    const { authority, path, authorization } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    stream.on('error', reject);
    const request = request1({
      createConnection: () => stream,
      method: 'POST',
      path,
      signal,
      headers: {
        host: authority,
        accept: MEDIA_TYPE,
        'content-type': MEDIA_TYPE,
        'content-length': query.message.length,
        connection: 'close',
        ...(authorization === '' ? {} : { authorization }),
      },
    });
    request.on('response', resolve).on('error', reject);
    request.on('close', () => reject(new ServerFailure('unreachable', 'it closed the connection')));
    request.end(query.message);
    try {
      const message = await promise;
      checkHead(message.statusCode ?? 0, message.headers['content-type'] ?? '');
      return await collect(message);
    } finally {
      request.destroy();
      stream.destroy();
    }
  }
}

/** One HTTP/2 session and the requests in it. */
class Session {
  readonly #session: ClientHttp2Session;
  readonly #idle: NodeJS.Timeout;
  #stall: NodeJS.Timeout | null = null;
  #underWay = 0;
  #answered = 0;
  #isStalled = false;

  constructor(session: ClientHttp2Session) {
    this.#session = session;
    this.#idle = setTimeout(() => this.close(), IDLE_MS).unref();
    session.on('error', () => this.close());
    // Requests under way are finished; new ones need another session.
    session.on('goaway', () => this.close());
    session.on('close', () => this.#stop());
  }

  get isUsable(): boolean {
    const { closed, destroyed } = this.#session;
    return !closed && !destroyed && !this.#isStalled;
  }

  get wasUsed(): boolean {
    return this.#answered > 0;
  }

  async ask(body: Buffer, headers: Record<string, string>, signal: AbortSignal): Promise<Buffer> {
    signal.throwIfAborted();
    const stream = this.#session.request(headers);
    const { promise, resolve, reject } = Promise.withResolvers<IncomingHttpHeaders>();
    const onAbort = (): void => {
      reject(signal.reason);
      stream.close(constants.NGHTTP2_CANCEL);
    };
    signal.addEventListener('abort', onAbort);
    stream.once('response', resolve).on('error', reject);
    stream.once('close', () =>
      reject(new ServerFailure('unreachable', 'it closed the connection')),
    );
    this.#begin();
    try {
      stream.end(body);
      const head = await promise;
      checkHead(Number(head[constants.HTTP2_HEADER_STATUS]), head['content-type'] ?? '');
      const reply = await collect(stream);
      this.#answered += 1;
      return reply;
    } finally {
      signal.removeEventListener('abort', onAbort);
      if (!stream.destroyed) stream.close(constants.NGHTTP2_CANCEL);
      this.#finish();
    }
  }

  close(): void {
    this.#stop();
    if (this.#underWay === 0) this.#session.destroy();
    else this.#session.close();
  }

  #begin(): void {
    this.#underWay += 1;
    this.#idle.refresh();
    this.#stall ??= setTimeout(() => this.#onStall(), STALL_MS);
  }

  #finish(): void {
    this.#underWay -= 1;
    if (this.#stall !== null) clearTimeout(this.#stall);
    const waits = this.#underWay > 0 && this.isUsable;
    this.#stall = waits ? setTimeout(() => this.#onStall(), STALL_MS) : null;
    if (this.#underWay === 0 && this.#isStalled) this.#session.destroy();
  }

  #onStall(): void {
    this.#isStalled = true;
    if (this.wasUsed) this.#session.destroy(new ServerFailure('silent', 'no answer'));
  }

  #stop(): void {
    clearTimeout(this.#idle);
    if (this.#stall !== null) clearTimeout(this.#stall);
    this.#stall = null;
  }
}

function checkHead(status: number, type: string): void {
  if (status !== 200) throw new ServerFailure('useless', `it answered with the status ${status}`);
  if (type.split(';')[0]?.trim().toLowerCase() === MEDIA_TYPE) return;
  throw new ServerFailure('useless', `it answered with ${quote(type)}, not ${MEDIA_TYPE}`);
}

/** Never more than a DNS message can have. */
async function collect(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_REPLY) throw new ServerFailure('useless', 'its answer is too large');
    chunks.push(chunk);
  }
  const reply = Buffer.concat(chunks);
  if (size < 12) throw new ServerFailure('useless', 'its answer is cut off');
  return reply;
}
