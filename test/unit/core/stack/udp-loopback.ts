/** UDP sockets on loopback that keep what they hear, and datagrams of an application for them. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import type { TestContext } from 'node:test';
import type { SessionSocket, UdpPeer } from '../../../../core/stack/udp-session.ts';
import { addressBytes, familyOf, type Family } from '../../../packets/address.ts';
import { buildUdp, type Datagram, parseUdp } from '../../../packets/udp.ts';
import { appAddress, farAddress, loopback, type StackLab, unbound } from './stack-lab.ts';

export const appPort = 5353;

export interface Heard {
  readonly bytes: Buffer;
  readonly text: string;
  readonly from: RemoteInfo;
}

export class UdpServer {
  readonly #socket: Socket;
  readonly #heard: Heard[] = [];
  #onHeard: (() => void) | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (bytes, from) => {
      this.#heard.push({ bytes, text: String(bytes), from });
      this.#onHeard?.();
    });
  }

  static async open(t: TestContext, family: Family): Promise<UdpServer> {
    const socket = createSocket({ type: `udp${family}`, recvBufferSize: 1 << 20 });
    await new Promise<void>((resolve) => socket.bind(0, loopback[family], resolve));
    t.after(() => socket.close());
    return new UdpServer(socket);
  }

  get port(): number {
    return this.#socket.address().port;
  }

  answer(bytes: string | Buffer, to: RemoteInfo): void {
    this.#socket.send(bytes, to.port, to.address);
  }

  async next(): Promise<Heard> {
    while (this.#heard.length === 0) {
      await new Promise<void>((resolve) => {
        this.#onHeard = resolve;
      });
    }
    return this.#heard.shift()!;
  }
}

/** A datagram of the application, to the far address's port 53 where nothing else is said. */
export function datagram(family: Family, fields: Partial<Datagram>, text: string): Buffer {
  return buildUdp({
    src: appAddress[family],
    srcPort: appPort,
    dst: farAddress[family],
    dstPort: 53,
    ...fields,
    data: Buffer.from(text),
  });
}

/** Routes a destination through a new socket straight to it. */
export function route(peer: UdpPeer, family: Family): SessionSocket {
  const socket = peer.session.openSocket(family, unbound, null);
  peer.session.route(peer.dst, peer.dstPort, socket);
  return socket;
}

/** The next datagram that the application hears. */
export async function answer(
  lab: StackLab,
): Promise<{ readonly from: string; readonly to: string; readonly text: string }> {
  const { src, srcPort, dst, dstPort, data } = parseUdp(await lab.machine.next());
  return { from: `${src} ${srcPort}`, to: `${dst} ${dstPort}`, text: String(data) };
}

/** The header before a datagram to or from a SOCKS5 relay (RFC 1928 section 7). */
export function relayHeader(host: string, port: number): Buffer {
  return Buffer.concat([
    Buffer.from([0, 0, 0]),
    relayHost(host),
    Buffer.from([port >> 8, port & 255]),
  ]);
}

function relayHost(host: string): Buffer {
  if (!/^[\d.]+$|:/.test(host)) return Buffer.from([3, host.length, ...Buffer.from(host)]);
  return Buffer.from([familyOf(host) === 4 ? 1 : 4, ...addressBytes(host)]);
}
