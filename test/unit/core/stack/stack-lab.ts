/**
 * A real stack over a memory device, with applications that talk to it in packets and real servers
 * on this machine's loopback. All of it ends with the test.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import type { Binding, DeviceSpec, Limits } from '../../../../core/native/binding.d.ts';
import type { EchoSession } from '../../../../core/stack/echo-session.ts';
import type { ByteCounts, NativeStream } from '../../../../core/stack/native-stream.ts';
import { Stack, type StackHandlers } from '../../../../core/stack/stack.ts';
import type { TcpFlow } from '../../../../core/stack/tcp-flow.ts';
import type { UdpPeer, UdpSession } from '../../../../core/stack/udp-session.ts';
import type { Family } from '../../../packets/address.ts';
import { Machine } from '../../../packets/machine.ts';
import { type ClientOptions, TcpClient } from '../../../packets/tcp-client.ts';
import type { Endpoints } from '../../../packets/tcp.ts';

export const families: readonly Family[] = [4, 6];

export const unbound: Binding = { device: '', address4: '', address6: '' };

/** Documentation addresses (RFC 5737, RFC 3849): nothing that a stack must refuse. */
export const appAddress: Readonly<Record<Family, string>> = { 4: '10.0.0.2', 6: '2001:db8::2' };
export const farAddress: Readonly<Record<Family, string>> = {
  4: '198.51.100.1',
  6: '2001:db8:1::1',
};
export const loopback: Readonly<Record<Family, string>> = { 4: '127.0.0.1', 6: '::1' };

const defaultLimits: Limits = {
  maxFlows: 100,
  maxHalfOpen: 50,
  maxUdpSessions: 20,
  maxBufferBytes: 64 << 20,
};

export interface LabOptions {
  readonly limits?: Partial<Limits>;
  readonly device?: DeviceSpec;
  /** Called before the queues are served; `true`: this was for the handler alone. */
  readonly onTcpFlow?: (flow: TcpFlow) => boolean;
}

export class StackLab {
  readonly stack: Stack;
  readonly machine: Machine;
  readonly closedSessions: { readonly session: UdpSession; readonly counts: ByteCounts }[] = [];
  /** Destinations that one more datagram waits for. */
  readonly more: string[] = [];
  readonly #flows = new Queue<TcpFlow>();
  readonly #peers = new Queue<UdpPeer>();
  readonly #echoes = new Queue<EchoSession>();
  readonly closedEchoes: { readonly session: EchoSession; readonly counts: ByteCounts }[] = [];
  readonly #scripted = new Queue<ScriptDatagram>();
  readonly #servers: Server[] = [];
  readonly #sockets = new Set<Socket>();
  #nextPort = 40_000;

  constructor(t: TestContext, options: LabOptions = {}) {
    const handlers: StackHandlers = {
      onTcpFlow: (flow) => {
        if (options.onTcpFlow?.(flow) !== true) this.#flows.push(flow);
      },
      onUdpPeer: (peer) => this.#peers.push(peer),
      onUdpData: (session, dst, dstPort, bytes) =>
        this.#scripted.push({ session, dst, dstPort, bytes }),
      onUdpMore: (_session, dst, dstPort) => this.more.push(`${dst} ${dstPort}`),
      onEcho: (session) => this.#echoes.push(session),
      onEchoClosed: (session, counts) => this.closedEchoes.push({ session, counts }),
      onUdpSessionClosed: (session, counts) => this.closedSessions.push({ session, counts }),
      onDeviceLost: () => undefined,
    };
    this.stack = new Stack({
      device: options.device ?? { kind: 'memory', mtu: 1500 },
      limits: { ...defaultLimits, ...options.limits },
      handlers,
    });
    this.machine = new Machine(this.stack);
    t.after(() => this.#close());
  }

  #close(): void {
    this.machine.close();
    this.stack.close();
    for (const socket of this.#sockets) socket.destroy();
    for (const server of this.#servers) server.close();
  }

  /** An application's connection that is not begun yet, from a port of its own. */
  client(family: Family, options: ClientOptions & Partial<Endpoints> = {}): TcpClient {
    const flow: Endpoints = {
      src: options.src ?? appAddress[family],
      srcPort: options.srcPort ?? this.#nextPort++,
      dst: options.dst ?? farAddress[family],
      dstPort: options.dstPort ?? 80,
    };
    return new TcpClient(this.machine, flow, options);
  }

  /** The oldest held flow that no test has taken yet. */
  nextFlow(): Promise<TcpFlow> {
    return this.#flows.next();
  }

  get waitingFlows(): number {
    return this.#flows.length;
  }

  nextPeer(): Promise<UdpPeer> {
    return this.#peers.next();
  }

  /** The oldest datagram that was given to TypeScript. */
  nextScripted(): Promise<ScriptDatagram> {
    return this.#scripted.next();
  }

  nextEcho(): Promise<EchoSession> {
    return this.#echoes.next();
  }

  get waitingPeers(): number {
    return this.#peers.length;
  }

  /** An accepted connection: both its ends. */
  async open(
    family: Family,
    options: ClientOptions = {},
  ): Promise<{ readonly client: TcpClient; readonly stream: NativeStream }> {
    const client = this.client(family, options);
    const connected = client.connect();
    const stream = await (await this.nextFlow()).accept();
    await connected;
    return { client, stream };
  }

  /** A server on loopback; its connections come out of `accept`, paused and half-open if they end. */
  async serve(family: Family): Promise<LoopbackServer> {
    const connections = new Queue<Socket>();
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      connections.push(socket);
    });
    this.#servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, loopback[family], resolve));
    const { port } = server.address() as AddressInfo;
    return { address: loopback[family], port, accept: () => connections.next() };
  }

  /** A captured connection and an own one to a loopback server: all four ends, not yet spliced. */
  async openPair(family: Family, options: ClientOptions = {}): Promise<Pair> {
    const server = await this.serve(family);
    const remote = await this.stack.connectTcp(
      server.address,
      server.port,
      unbound,
      new AbortController().signal,
    );
    const socket = await server.accept();
    return { ...(await this.open(family, options)), remote, socket };
  }
}

export interface ScriptDatagram {
  readonly session: UdpSession;
  readonly dst: string;
  readonly dstPort: number;
  readonly bytes: Buffer;
}

export interface LoopbackServer {
  readonly address: string;
  readonly port: number;
  accept(): Promise<Socket>;
}

export interface Pair {
  /** client <-> stream, remote <-> socket. */
  readonly client: TcpClient;
  readonly stream: NativeStream;
  readonly remote: NativeStream;
  readonly socket: Socket;
}

class Queue<T> {
  readonly #items: T[] = [];
  #onItem: (() => void) | null = null;

  get length(): number {
    return this.#items.length;
  }

  push(item: T): void {
    this.#items.push(item);
    this.#onItem?.();
  }

  async next(): Promise<T> {
    while (this.#items.length === 0) {
      await new Promise<void>((resolve) => {
        this.#onItem = resolve;
      });
    }
    return this.#items.shift()!;
  }
}
