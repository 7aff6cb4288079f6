/**
 * SOCKS handshakes by way of the `socks` package.
 *
 * The package reads whatever its stream gives, and after the handshake re-emits the surplus as an
 * event that nobody may be listening for yet. It names failures in prose, without the code of an
 * unknown one, takes an unknown address type for success, does not look at the version in some
 * replies, and notices an end only as a close. So it gets a stream of its own that is fed one byte
 * at a time, and the replies are checked here.
 *
 * Measured with test/bench/programs/socks-dial.ts, through microsocks on loopback: a CONNECT costs
 * this process 55 µs of CPU time beyond the TCP connection by way of socks5-connect.ts, and 120 µs
 * this way. The package also keeps some 10 KB for each handshake until a timer of its own, which
 * nobody can cancel, has run out: at 3,000 connections a second that would be 300 MB. So this
 * serves SOCKS4 and UDP ASSOCIATE, which are rare, and could serve CONNECT, which is not.
 */
import { Duplex } from 'node:stream';
import { SocksClient } from 'socks';
import type { Attempt } from './attempt.ts';
import type { Endpoint } from './endpoint.ts';
import type { Wire } from './wire.ts';

export interface SocksRequest {
  readonly version: 4 | 5;
  readonly command: 'connect' | 'associate';
  readonly destination: Pick<Endpoint, 'host' | 'port'>;
  /** Empty, with an empty password: none. */
  readonly username: string;
  readonly password: string;
  /** Milliseconds that the package's own timer runs: at least the attempt's limit. */
  readonly keepMs: number;
}

/**
 * Called with each reply as it grows, before the package sees its last byte; throws where the
 * reply is no good. `index` counts our messages from 0.
 */
export type CheckReply = (index: number, reply: Buffer) => void;

/**
 * Resolves with the last reply. Rejects with what `check` threw, or with `UpstreamError` where
 * the stream ends before.
 */
export async function negotiate(
  wire: Wire,
  request: SocksRequest,
  check: CheckReply,
  attempt: Attempt,
): Promise<Buffer> {
  const feed = new Feed(wire);
  const client = new SocksClient({
    command: request.command,
    destination: { host: request.destination.host, port: request.destination.port },
    proxy: {
      // Only used to connect, which has been done.
      host: 'proxy',
      port: 1,
      type: request.version,
      userId: request.username,
      password: request.password,
    },
    timeout: request.keepMs,
  });
  let outcome: 'open' | Error | null = null;
  client.connect(feed);
  // Its own listener would resume the feed and re-emit a surplus, which there is not.
  client.removeAllListeners('established');
  client.once('established', () => (outcome = 'open'));
  client.once('error', (error) => (outcome = error));
  for (;;) {
    const byte = await wire.take(1);
    const reply = feed.append(byte);
    check(feed.index, reply);
    feed.emit('data', byte);
    const known = outcome as 'open' | Error | null;
    if (known === 'open') return reply;
    if (known !== null) throw attempt.protocolError(known.message, known);
  }
}

/** The package's end of the conversation. */
class Feed extends Duplex {
  /** Of the message that was sent last. */
  index = -1;
  #reply: Buffer = Buffer.alloc(0);
  readonly #wire: Wire;

  constructor(wire: Wire) {
    super();
    this.#wire = wire;
  }

  /** All bytes since our last message. */
  append(byte: Buffer): Buffer {
    this.#reply = Buffer.concat([this.#reply, byte]);
    return this.#reply;
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.index += 1;
    this.#reply = Buffer.alloc(0);
    this.#wire.send(bytes);
    done();
  }

  override _read(): void {
    // Bytes come as events, so that the package has dealt with one when `emit` returns.
  }
}
