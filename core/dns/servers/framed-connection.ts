/**
 * Queries and replies on one stream, each behind its length (RFC 1035 section 4.2.2), many under way
 * at once, in any order (RFC 7766 section 6.2.1). Owns the stream.
 */
import { randomInt } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { HEADER_SIZE } from '../wire/constants.ts';
import { readAnswer, isReplyTo, isTruncated } from './check-reply.ts';
import { ServerFailure, toFailure } from './server.ts';
import type { Answer, Query } from './server.ts';

/** RFC 7766 section 6.2.3: a connection that is not used is not held for long. */
const IDLE_MS = 10_000;
/** A connection on which nothing comes for so long, while somebody waits, is dead: a NAT may have forgotten it. */
const STALL_MS = 1500;

interface Waiting {
  readonly query: Query;
  resolve(reply: Buffer): void;
  reject(failure: ServerFailure): void;
}

export class FramedConnection {
  readonly #stream: Duplex;
  readonly #waiting = new Map<number, Waiting>();
  readonly #idle: NodeJS.Timeout;
  #stall: NodeJS.Timeout | null = null;
  /** Bytes of a frame that is not complete yet. */
  #chunks: Buffer[] = [];
  #buffered = 0;
  #failure: ServerFailure | null = null;
  #answered = 0;
  #isStalled = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
    this.#idle = setTimeout(() => this.close('it was idle'), IDLE_MS).unref();
    stream.on('data', (chunk: Buffer) => this.#onData(chunk));
    stream.on('error', (cause: Error) => this.#end(toFailure(cause)));
    stream.on('close', () => this.close('it closed the connection'));
    stream.on('end', () => this.close('it closed the connection'));
  }

  /** Whether another query may go this way. */
  get isUsable(): boolean {
    return this.#failure === null && !this.#isStalled;
  }

  /** Whether it has been of use: what fails then may only have been old. */
  get wasUsed(): boolean {
    return this.#answered > 0;
  }

  /** Rejects with `ServerFailure`, or with the signal's reason. */
  async ask(query: Query, signal: AbortSignal): Promise<Answer> {
    signal.throwIfAborted();
    if (this.#failure !== null) throw this.#failure;
    const id = this.#freeId();
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort);
    this.#waiting.set(id, { query, resolve, reject });
    this.#idle.refresh();
    this.#stall ??= setTimeout(() => this.#onStall(), STALL_MS);
    try {
      this.#stream.write(frame(query.message, id));
      return readAnswer(await promise, query);
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#stopStall();
    }
  }

  close(reason: string): void {
    this.#end(new ServerFailure('unreachable', reason));
  }

  #freeId(): number {
    for (;;) {
      const id = randomInt(0x10000);
      // There are never more than a fraction of all ids under way (see `MAX_UNDER_WAY`).
      if (!this.#waiting.has(id)) return id;
    }
  }

  #onData(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#buffered += chunk.length;
    if (this.#buffered < 2) return;
    let bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    while (bytes.length >= 2) {
      const size = bytes.readUInt16BE(0);
      if (size < HEADER_SIZE) {
        this.#end(new ServerFailure('useless', 'what it sends is not DNS'));
        return;
      }
      if (bytes.length < 2 + size) break;
      // A copy: the rest of the chunk may be another's reply.
      this.#onReply(Buffer.from(bytes.subarray(2, 2 + size)));
      bytes = bytes.subarray(2 + size);
    }
    this.#chunks = bytes.length === 0 ? [] : [bytes];
    this.#buffered = bytes.length;
  }

  #onReply(reply: Buffer): void {
    const id = reply.readUInt16BE(0);
    const waiting = this.#waiting.get(id);
    // Whoever asked may have given up.
    if (waiting === undefined) return;
    if (!isReplyTo(reply, waiting.query, id) || isTruncated(reply)) {
      this.#end(new ServerFailure('useless', 'it answers another question'));
      return;
    }
    this.#answered += 1;
    this.#stopStall();
    waiting.resolve(reply);
    this.#waiting.delete(id);
    if (this.#waiting.size > 0) this.#stall = setTimeout(() => this.#onStall(), STALL_MS);
  }

  /** New queries go by another connection; those under way may still be answered. */
  #onStall(): void {
    this.#isStalled = true;
    const silent = new ServerFailure('silent', 'no answer');
    if (this.wasUsed) this.#end(silent);
  }

  #stopStall(): void {
    if (this.#stall !== null) clearTimeout(this.#stall);
    this.#stall = null;
  }

  #end(failure: ServerFailure): void {
    if (this.#failure !== null) return;
    this.#failure = failure;
    clearTimeout(this.#idle);
    this.#stopStall();
    this.#chunks = [];
    // Whoever waits removes himself.
    for (const waiting of [...this.#waiting.values()]) waiting.reject(failure);
    this.#stream.destroy();
  }
}

function frame(message: Buffer, id: number): Buffer {
  const bytes = Buffer.allocUnsafe(2 + message.length);
  bytes.writeUInt16BE(message.length, 0);
  message.copy(bytes, 2);
  bytes.writeUInt16BE(id, 2);
  return bytes;
}
