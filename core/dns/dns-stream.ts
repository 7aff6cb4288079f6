/**
 * DNS over a stream (RFC 1035 section 4.2.2, RFC 7766): messages behind their lengths, several under
 * way at a time, answers in the order in which they are there. For captured connections and for
 * `dns.listen` alike. Owns the stream from the call on, and ends it.
 */
import type { Duplex } from 'node:stream';
import type { ClientInfo } from './exchange.ts';

/** The part of `DnsService` that this needs. */
export interface Answering {
  answer(message: Buffer, client: ClientInfo): Buffer | Promise<Buffer> | null;
}

/** RFC 7766 section 6.2.3: some seconds; captured streams cost a flow each. */
const IDLE_MS = 10_000;
/** Queries of one stream that are being answered; more wait unread. */
const MAX_PENDING = 64;
const LINGER_MS = 2_000;
const NO_BYTES = Buffer.alloc(0);

/** Answers until either side ends, or nothing was asked for a while. Never throws. */
export function serveDnsStream(service: Answering, stream: Duplex, client: ClientInfo): void {
  let received: Buffer = NO_BYTES;
  let pending = 0;
  let ended = false;

  const idle = setTimeout(() => {
    if (pending > 0) idle.refresh();
    else finish();
  }, IDLE_MS).unref();

  function onData(chunk: Buffer): void {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    takeMessages();
  }

  function takeMessages(): void {
    let at = 0;
    while (!isBusy() && received.length >= at + 2) {
      const end = at + 2 + received.readUInt16BE(at);
      if (received.length < end) break;
      take(received.subarray(at + 2, end));
      at = end;
    }
    received = at === received.length ? NO_BYTES : received.subarray(at);
    if (isBusy()) stream.pause();
    else if (ended && pending === 0) finish();
    else if (stream.isPaused()) stream.resume();
  }

  function take(message: Buffer): void {
    idle.refresh();
    const answered = service.answer(message, client);
    if (answered === null) {
      // What is no DNS message makes all that follows doubtful.
      stream.destroy();
    } else if (answered instanceof Promise) {
      pending += 1;
      void answered.then(send).then(() => {
        pending -= 1;
        takeMessages();
      });
    } else send(answered);
  }

  function send(reply: Buffer): void {
    if (stream.destroyed || stream.writableEnded) return;
    const frame = Buffer.allocUnsafe(2 + reply.length);
    frame.writeUInt16BE(reply.length, 0);
    frame.set(reply, 2);
    stream.write(frame);
  }

  /** Whoever does not read his answers is not asked for more. */
  function isBusy(): boolean {
    return pending >= MAX_PENDING || stream.writableNeedDrain || stream.destroyed;
  }

  /** Whoever does not end his side then has it ended for him. */
  function finish(): void {
    clearTimeout(idle);
    if (stream.destroyed || stream.writableEnded) return;
    stream.end();
    const limit = setTimeout(() => stream.destroy(), LINGER_MS).unref();
    stream.once('close', () => clearTimeout(limit));
  }

  stream.on('data', onData);
  stream.on('drain', takeMessages);
  stream.on('end', () => {
    ended = true;
    takeMessages();
  });
  stream.on('error', () => stream.destroy());
  stream.on('close', () => clearTimeout(idle));
}
