/** `dns.listen`: answers on a UDP and a TCP socket of this machine. Owns both, and the connections. */
import { createSocket } from 'node:dgram';
import type { Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { getSystemErrorMessage } from 'node:util';
import { SluiceError } from '../api/errors.ts';
import type { ListenAddress } from '../config/dns-config.ts';
import type { Logger } from '../log/logger.ts';
import { formatEndpoint, isLoopback } from '../../rules/ip.ts';
import { serveDnsDatagram } from './dns-datagram.ts';
import { serveDnsStream } from './dns-stream.ts';
import type { Answering } from './dns-stream.ts';
import type { ClientInfo } from './exchange.ts';

const MAX_CONNECTIONS = 256;
/** For bursts; the kernel may grant less. */
const RECEIVE_BUFFER = 1 << 20;
const MAPPED = '::ffff:';

export class DnsListener {
  readonly address: ListenAddress;
  readonly #service: Answering;
  readonly #log: Logger;
  readonly #udp: DatagramSocket;
  readonly #tcp: Server;
  readonly #connections = new Set<Socket>();

  private constructor(address: ListenAddress, service: Answering, log: Logger) {
    this.address = address;
    this.#service = service;
    this.#log = log;
    this.#udp = createSocket({
      type: address.address.includes(':') ? 'udp6' : 'udp4',
      recvBufferSize: RECEIVE_BUFFER,
    });
    this.#tcp = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
    this.#tcp.maxConnections = MAX_CONNECTIONS;
  }

  /** Rejects with `ERR_DNS_LISTEN`, nothing left open. */
  static async open(address: ListenAddress, service: Answering, log: Logger): Promise<DnsListener> {
    const listener = new DnsListener(address, service, log);
    const place = formatEndpoint(address.address, address.port);
    try {
      await listener.#open();
    } catch (cause) {
      await listener.close();
      const { errno } = cause as NodeJS.ErrnoException;
      const reason = errno === undefined ? String(cause) : getSystemErrorMessage(errno);
      throw new SluiceError(
        'ERR_DNS_LISTEN',
        `Cannot answer DNS on ${place}: ${reason}. Choose another dns.listen.`,
        { cause },
      );
    }
    if (!isLoopback(address.address)) {
      log.warning(
        'DNS_LISTEN_OPEN',
        `dns.listen answers whoever reaches ${place}. Fake addresses mean nothing to machines ` +
          'that do not route through this one.',
      );
    }
    return listener;
  }

  /** Ends the connections, too. Never rejects. */
  async close(): Promise<void> {
    for (const socket of this.#connections) socket.destroy();
    await Promise.all([
      new Promise<void>((resolve) => this.#tcp.close(() => resolve())),
      new Promise<void>((resolve) => closeSocket(this.#udp, resolve)),
    ]);
  }

  async #open(): Promise<void> {
    const { address, port } = this.address;
    this.#udp.bind({ address, port, exclusive: true });
    await once(this.#udp, 'listening');
    this.#tcp.listen({ host: address, port, exclusive: true });
    await once(this.#tcp, 'listening');
    this.#udp.on('message', (message, from) => this.#onMessage(message, from));
    const onError = (error: Error): void => this.#log.warning('DNS_LISTEN', error.message);
    this.#udp.on('error', onError);
    this.#tcp.on('error', onError);
  }

  #onMessage(message: Buffer, from: { readonly address: string; readonly port: number }): void {
    const { port } = from;
    const client: ClientInfo = { address: plain(from.address), port, transport: 'udp' };
    serveDnsDatagram(this.#service, message, client, (reply) => this.#send(reply, from));
  }

  #send(reply: Buffer, to: { readonly address: string; readonly port: number }): void {
    // The socket may send later, when the bytes are not ours any more. Whoever has gone cannot be
    // told; with a callback that is no error of the socket.
    this.#udp.send(Buffer.from(reply), to.port, to.address, () => {});
  }

  #accept(socket: Socket): void {
    this.#connections.add(socket);
    socket.once('close', () => this.#connections.delete(socket));
    const { remoteAddress = '', remotePort: port = 0 } = socket;
    serveDnsStream(this.#service, socket, {
      address: plain(remoteAddress),
      port,
      transport: 'tcp',
    });
  }
}

function closeSocket(socket: DatagramSocket, done: () => void): void {
  try {
    socket.close(done);
  } catch {
    // It was never open.
    done();
  }
}

/** A socket for both families shows IPv4 clients as IPv6 ones. */
function plain(address: string): string {
  return address.startsWith(MAPPED) ? address.slice(MAPPED.length) : address;
}
