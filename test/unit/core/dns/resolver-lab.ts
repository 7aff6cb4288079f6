/** A resolver with a configuration of its own, whose servers are on loopback. */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket as Stream } from 'node:net';
import type { TestContext } from 'node:test';
import type { ExchangeResult, NameSets } from '../../../../core/dns/exchange.ts';
import { DirectWayOut } from '../../../../core/dns/direct-way-out.ts';
import { NameResolver } from '../../../../core/dns/name-resolver.ts';
import type { NameResolverOptions } from '../../../../core/dns/name-resolver.ts';
import { configOf } from '../config/check.ts';
import { query } from './messages.ts';

export const unbound = { device: '', address4: '', address6: '' };

export type ResolverOptions = Partial<Omit<NameResolverOptions, 'bindingFor'>>;

const nothing = {
  hosts: '/dev/null',
  resolvConf: '/dev/null',
  resolvedConf: '/dev/null',
  original: '/dev/null',
};
const noSets: NameSets = () => null;

/** `yaml` is a configuration with a `dns` section. Closed with the test. */
export function resolverOf(t: TestContext, yaml: string, options: ResolverOptions = {}) {
  const bindingFor = () => unbound;
  const resolver = new NameResolver(configOf(yaml), {
    bindingFor,
    wayOut: new DirectWayOut({ bindingFor }),
    sets: noSets,
    countryOf: () => [],
    paths: nothing,
    ...options,
  });
  t.after(() => resolver.close());
  return resolver;
}

/** Asks as a client would be answered. */
export function ask(
  resolver: NameResolver,
  name: string,
  type = 'A',
  signal: AbortSignal = new AbortController().signal,
): Promise<ExchangeResult> {
  const message = query(name, type, { id: 0, udpSize: 1232 });
  const number = message.readUInt16BE(message.length - 11 - 4);
  const client = { address: '192.0.2.7', port: 4000, transport: 'udp' as const };
  return resolver.exchange(message, { name, type: number }, client, signal);
}

export interface UdpServer {
  readonly port: number;
  /** Every query that came. */
  readonly queries: Buffer[];
  readonly senders: number[];
}

/** A UDP server; `answer` gets each query and what sends to its sender. */
export async function serveUdp(
  t: TestContext,
  answer: (query: Buffer, send: (message: Buffer) => void) => void,
  port = 0,
): Promise<UdpServer> {
  const socket = createSocket('udp4');
  const queries: Buffer[] = [];
  const senders: number[] = [];
  socket.on('message', (message, from) => {
    queries.push(message);
    senders.push(from.port);
    answer(message, (reply) => socket.send(reply, from.port, from.address));
  });
  await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
  t.after(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  return { port: socket.address().port, queries, senders };
}

export interface TcpServer {
  readonly port: number;
  readonly connections: Stream[];
}

/** A TCP server; `onQuery` gets each framed query and what sends a framed reply. */
export async function serveTcp(
  t: TestContext,
  onQuery: (query: Buffer, send: (message: Buffer) => void, stream: Stream) => void,
  port = 0,
): Promise<TcpServer> {
  const connections: Stream[] = [];
  const server = createServer((stream) => {
    connections.push(stream);
    readFrames(stream, (message) =>
      onQuery(message, (reply) => stream.write(frame(reply)), stream),
    );
  });
  return { port: await listenOn(t, server, connections, port), connections };
}

function readFrames(stream: Stream, onFrame: (message: Buffer) => void): void {
  let bytes = Buffer.alloc(0);
  stream.on('error', () => undefined);
  stream.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 2 && bytes.length >= 2 + bytes.readUInt16BE(0)) {
      const end = 2 + bytes.readUInt16BE(0);
      onFrame(bytes.subarray(2, end));
      bytes = bytes.subarray(end);
    }
  });
}

export function frame(message: Buffer): Buffer {
  const size = Buffer.alloc(2);
  size.writeUInt16BE(message.length);
  return Buffer.concat([size, message]);
}

/** Listens on loopback until the test ends; resolves to the port. */
export async function listenOn(
  t: TestContext,
  server: Server,
  connections: readonly Stream[],
  port = 0,
): Promise<number> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  t.after(() => {
    for (const connection of connections) connection.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A datagram whose id is another. */
export function withId(message: Buffer, id: number): Buffer {
  const copy = Buffer.from(message);
  copy.writeUInt16BE(id, 0);
  return copy;
}
