/**
 * A resolver over TCP (RFC 7766) or TLS (RFC 7858): one connection serves all queries, and the next
 * one is opened when it is needed. Owns its connection.
 */
import type { Duplex } from 'node:stream';
import { FramedConnection } from './framed-connection.ts';
import { SharedDial } from './shared-dial.ts';
import { toFailure } from './server.ts';
import type { Answer, DnsServer, Query } from './server.ts';

/** Opens the stream. Rejects with whatever `toFailure` understands. */
export type Dial = (signal: AbortSignal) => Promise<Duplex>;

export class StreamServer implements DnsServer {
  readonly name: string;
  readonly #dial: SharedDial<FramedConnection>;
  #connection: FramedConnection | null = null;

  constructor(name: string, dial: Dial) {
    this.name = name;
    this.#dial = new SharedDial(
      name,
      async (signal) => new FramedConnection(await dial(signal)),
      (connection) => connection.close('nobody waits for it'),
    );
  }

  async ask(query: Query, signal: AbortSignal): Promise<Answer> {
    const connection = await this.#open(signal);
    const wasUsed = connection.wasUsed;
    try {
      return await connection.ask(query, signal);
    } catch (cause) {
      // A connection that has served may have been closed the moment the query was sent
      // (RFC 7766 section 6.2.4): that is not the server's last word.
      if (signal.aborted || !wasUsed || connection.isUsable) throw cause;
    }
    const fresh = await this.#open(signal);
    return fresh.ask(query, signal);
  }

  reset(): void {
    this.#connection?.close('the network has changed');
    this.#connection = null;
  }

  async #open(signal: AbortSignal): Promise<FramedConnection> {
    const current = this.#connection;
    if (current?.isUsable === true) return current;
    try {
      this.#connection = await this.#dial.join(signal);
      return this.#connection;
    } catch (cause) {
      if (signal.aborted) throw signal.reason;
      throw toFailure(cause);
    }
  }
}
