/**
 * SOCKS handshakes by way of the `socks` package.
 *
 * The package reads whatever its stream gives, and after the handshake re-emits the surplus as an
 * event that nobody may be listening for yet. It names failures in prose, without the code of an
 * unknown one, takes an unknown address type for success, does not look at the version in some
 * replies, and notices an end only as a close. So it gets a stream of its own that is fed one byte
 * at a time, and the replies are checked here.
 *
 * Measured with microsocks on loopback, CPU time of this process for one handshake beyond that of
 * the connection: see `test/bench/programs/socks-dial.ts`. It also keeps about 6 KB for each
 * handshake until its own timer, which cannot be cancelled, has run out. That is why CONNECT over
 * SOCKS5 has `socks5-connect.ts`.
 */
import { Duplex } from 'node:stream';
import { SocksClient } from 'socks';
import type { Endpoint } from './endpoint.ts';
import type { Wire } from './wire.ts';

export interface SocksRequest {
  readonly version: 4 | 5;
  readonly command: 'connect' | 'associate';
  readonly destination: Pick<Endpoint, 'host' | 'port'>;
  /** Empty, with an empty password: none. */
  readonly username: string;
  readonly password: string;
  /** Milliseconds after which the package lets go of the handshake's memory; at least the attempt's limit. */
  readonly keepMs: number;
}

export interface SocksReplies {
  /** What the server sent after each message of ours, in order; the last one may be incomplete. */
  readonly replies: readonly Buffer[];
  /** Null: the package has found nothing wrong. */
  readonly complaint: string | null;
}

/** Rejects with `UpstreamError` where the stream ends before the package has all it needs. */
export async function negotiate(wire: Wire, request: SocksRequest): Promise<SocksReplies> {
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
  let done = false;
  let complaint: string | null = null;
  client.connect(feed);
  // Its own listener would resume the feed and re-emit a surplus, which there is not.
  client.removeAllListeners('established');
  client.once('established', () => {
    done = true;
  });
  client.once('error', (error) => {
    complaint = error.message;
    done = true;
  });
  while (!done) feed.give(await wire.take(1));
  return { replies: feed.replies.map((bytes) => Buffer.from(bytes)), complaint };
}

/** The package's end of the conversation. */
class Feed extends Duplex {
  readonly replies: number[][] = [];
  readonly #wire: Wire;

  constructor(wire: Wire) {
    super();
    this.#wire = wire;
  }

  give(byte: Buffer): void {
    this.replies.at(-1)?.push(...byte);
    this.emit('data', byte);
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.replies.push([]);
    this.#wire.send(bytes);
    done();
  }

  override _read(): void {
    // `give` does not wait to be asked.
  }
}
