/**
 * A resolver over UDP (RFC 1035 section 4.2.1): for each query a socket of its own, so that whoever
 * wants to forge an answer has to guess the port and the id. What does not fit comes over TCP.
 */
import { randomInt } from 'node:crypto';
import type { ResolverTarget, WayOut } from '../way-out.ts';
import { readAnswer, isReplyTo, isTruncated } from './check-reply.ts';
import { ServerFailure, toFailure } from './server.ts';
import type { Answer, DnsServer, OnBadReply, Query } from './server.ts';

/** A datagram may be lost: milliseconds after which the query is sent again. */
const RESEND_MS = [1000, 2000];

export class UdpServer implements DnsServer {
  readonly name: string;
  readonly #target: ResolverTarget;
  readonly #wayOut: WayOut;
  /** The same server, for what does not fit a datagram. */
  readonly #tcp: DnsServer;
  readonly #onBadReply: OnBadReply;

  constructor(
    name: string,
    target: ResolverTarget,
    wayOut: WayOut,
    tcp: DnsServer,
    onBadReply: OnBadReply = () => {},
  ) {
    this.name = name;
    this.#target = target;
    this.#wayOut = wayOut;
    this.#tcp = tcp;
    this.#onBadReply = onBadReply;
  }

  async ask(query: Query, signal: AbortSignal): Promise<Answer> {
    const reply = await this.#askByDatagram(query, signal);
    if (reply !== null && !isTruncated(reply)) return readAnswer(reply, query);
    return this.#tcp.ask(query, signal);
  }

  reset(): void {
    this.#tcp.reset();
  }

  /** Null: the way carries no datagrams. */
  async #askByDatagram(query: Query, signal: AbortSignal): Promise<Buffer | null> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const id = randomInt(0x10000);
    let strangers = 0;
    const onAbort = (): void => reject(signal.reason);
    signal.throwIfAborted();
    signal.addEventListener('abort', onAbort);
    const timers: NodeJS.Timeout[] = [];
    try {
      const channel = await this.#wayOut.openUdp(
        this.#target,
        {
          onMessage: (bytes) => {
            if (isReplyTo(bytes, query, id)) {
              resolve(bytes);
              return;
            }
            strangers += 1;
            this.#onBadReply(this.name, 'it answers another question, or has another id');
          },
          onError: reject,
        },
        signal,
      );
      if (channel === null) return null;
      try {
        const bytes = Buffer.from(query.message);
        bytes.writeUInt16BE(id, 0);
        channel.send(bytes);
        for (const delay of RESEND_MS) timers.push(setTimeout(() => channel.send(bytes), delay));
        return await promise;
      } finally {
        channel.close();
      }
    } catch (cause) {
      if (signal.aborted) throw silence(signal.reason, strangers);
      throw toFailure(cause);
    } finally {
      // With nobody waiting it is of no interest.
      promise.catch(() => undefined);
      signal.removeEventListener('abort', onAbort);
      for (const timer of timers) clearTimeout(timer);
    }
  }
}

/** Where nobody answered in time, but somebody sent something, that is told as well. */
function silence(reason: unknown, strangers: number): unknown {
  if (strangers === 0 || !(reason instanceof ServerFailure)) return reason;
  return new ServerFailure('silent', `${reason.message} to this question, but ${strangers} others`);
}
