/**
 * What the tests of upstreams stand on: a way out by `node:net` that knows a few names and goes
 * to loopback only, a server to reach, and servers that answer as they are told.
 */
import assert from 'node:assert/strict';
import { createServer, connect as connectSocket, isIPv4 } from 'node:net';
import type { Server, Socket } from 'node:net';
import { Duplex } from 'node:stream';
import type { TestContext } from 'node:test';
import { UpstreamError } from '../../../../core/api/errors.ts';
import type { DialFailure } from '../../../../core/api/errors.ts';
import type { PlainConfig, ProxyConfig } from '../../../../core/config/config.ts';
import { buildUpstream } from '../../../../core/upstream/registry.ts';
import type { DialerTarget } from '../../../../core/upstream/registry.ts';
import type { Outbound, Upstream } from '../../../../core/upstream/upstream.ts';

/** Sockets that were opened, for looking at leaks. */
export interface LoopbackOutbound extends Outbound {
  readonly opened: Socket[];
  readonly lookedUp: string[];
}

const FAILURES: Readonly<Record<string, DialFailure>> = {
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'host-unreachable',
  ENETUNREACH: 'net-unreachable',
  ETIMEDOUT: 'timeout',
};

/** `names` are all that can be looked up. */
export function loopbackOutbound(
  names: Readonly<Record<string, readonly string[]>> = {},
): LoopbackOutbound {
  const opened: Socket[] = [];
  const lookedUp: string[] = [];
  return {
    opened,
    lookedUp,
    connectTcp: (address, port, signal) => openSocket(address, port, signal, opened),
    async resolve(host) {
      lookedUp.push(host);
      const addresses = names[host];
      if (addresses !== undefined) return [...addresses];
      throw new UpstreamError('ERR_DNS', 'host-unreachable', `${host} does not exist.`);
    },
  };
}

/**
 * The same, but its streams are no sockets: like those of the engine, they have nothing that Node
 * could reach under them.
 */
export function opaqueOutbound(): LoopbackOutbound {
  const inner = loopbackOutbound();
  return {
    ...inner,
    async connectTcp(address, port, signal) {
      return new OpaqueStream(await inner.connectTcp(address, port, signal));
    },
  };
}

class OpaqueStream extends Duplex {
  readonly #inner: Duplex;

  constructor(inner: Duplex) {
    super({ allowHalfOpen: true });
    this.#inner = inner;
    inner.on('data', (bytes: Buffer) => {
      if (!this.push(bytes)) inner.pause();
    });
    inner.on('end', () => this.push(null));
    inner.on('error', (error) => this.destroy(error));
    inner.on('close', () => this.destroy());
    inner.pause();
  }

  override _read(): void {
    this.#inner.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (this.#inner.write(bytes)) done();
    else this.#inner.once('drain', done);
  }

  override _final(done: () => void): void {
    this.#inner.end();
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#inner.destroy();
    done(error);
  }
}

function openSocket(
  address: string,
  port: number,
  signal: AbortSignal,
  opened: Socket[],
): Promise<Duplex> {
  assert.ok(isIPv4(address) ? address.startsWith('127.') : address === '::1', address);
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = connectSocket({ host: address, port, allowHalfOpen: true, noDelay: true });
    opened.push(socket);
    const settle = (error: unknown): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('connect', onConnect);
      socket.off('error', settle);
      if (error === null) return resolve(socket);
      socket.on('error', () => undefined).destroy();
      const { code = '', message } = error as NodeJS.ErrnoException;
      reject(new UpstreamError(`ERR_CONNECT_${code}`, FAILURES[code] ?? 'upstream', `${message}.`));
    };
    const onAbort = (): void => settle(signal.reason);
    const onConnect = (): void => settle(null);
    signal.addEventListener('abort', onAbort);
    socket.on('connect', onConnect);
    socket.on('error', settle);
  });
}

export interface Place {
  readonly address: string;
  readonly port: number;
}

/** Listens on a free port until the test ends; connections end with it. */
export async function serve(
  t: TestContext,
  onConnection: (socket: Socket) => void,
  address = '127.0.0.1',
): Promise<Place> {
  const server = createServer({ allowHalfOpen: true }, onConnection);
  return listen(t, server, address);
}

export async function listen(
  t: TestContext,
  server: Server,
  address = '127.0.0.1',
): Promise<Place> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, address, resolve);
  });
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const where = server.address();
  assert.ok(typeof where === 'object' && where !== null);
  return { address, port: where.port };
}

/** Sends back all it gets, and ends when the other has ended. */
export function serveEcho(t: TestContext, address?: string): Promise<Place> {
  return serve(t, (socket) => socket.pipe(socket), address);
}

/** Answers the n-th thing it is sent with the n-th reply; null ends the connection. */
export function serveReplies(
  t: TestContext,
  ...replies: readonly (Buffer | readonly number[] | string | null)[]
): Promise<Place> {
  return serve(t, (socket) => {
    let next = 0;
    socket.on('data', () => {
      const reply = replies[next++];
      if (reply === undefined) return;
      if (reply === null) socket.end();
      else socket.write(typeof reply === 'string' ? reply : Buffer.from(reply));
    });
  });
}

const position = { line: 1, column: 1 };
const base = { dialerProxy: '', position };
const server = { ...base, username: '', password: '', tls: null };

type Partially<Type> = Partial<Type> & { readonly name: string };
type Of<Type extends ProxyConfig['type']> = Extract<ProxyConfig, { type: Type }>;

export function socks5({ address, port }: Place, more: Partial<Of<'socks5'>> = {}): Of<'socks5'> {
  return { ...server, type: 'socks5', name: 's5', server: address, port, udp: true, ...more };
}

export function socks4({ address, port }: Place, more: Partial<Of<'socks4'>> = {}): Of<'socks4'> {
  const { password: _, ...rest } = server;
  return { ...rest, type: 'socks4', name: 's4', server: address, port, version: '4a', ...more };
}

export function http({ address, port }: Place, more: Partial<Of<'http'>> = {}): Of<'http'> {
  return { ...server, type: 'http', name: 'web', server: address, port, headers: {}, ...more };
}

export const tlsDefaults = {
  sni: '',
  skipCertVerify: false,
  fingerprint: '',
  caFile: '',
  caText: '',
};

export function plain({ name, ...more }: Partially<PlainConfig>) {
  return { ...base, type: 'direct' as const, name, ...more };
}

/** Upstreams of these proxies, each by its name, and DIRECT. */
export function upstreamsOf(
  proxies: readonly ProxyConfig[],
  outbound: Outbound = loopbackOutbound(),
  connectTimeout = 5_000,
): (name: string) => Upstream {
  const direct = plain({ name: 'DIRECT' });
  const refuse = plain({ name: 'REJECT', type: 'reject' });
  const built = new Map<string, Upstream | null>();
  const dialerTarget = (name: string): DialerTarget => {
    const upstream = built.get(name) ?? null;
    return { upstream, chain: upstream?.chain ?? [] };
  };
  for (const proxy of [direct, refuse, ...proxies]) {
    built.set(proxy.name, buildUpstream(proxy, { outbound, connectTimeout, dialerTarget }));
  }
  return (name) => {
    const upstream = built.get(name) ?? null;
    assert.ok(upstream !== null, `no upstream ${name}`);
    return upstream;
  };
}

/** Never aborts. */
export const patient: AbortSignal = new AbortController().signal;

/** Sends the bytes and an end, and reads to the end. */
export async function exchange(stream: Duplex, bytes: string): Promise<string> {
  stream.end(bytes);
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

/** Sends the bytes and waits for as many; then destroys the stream. For proxies that know no half-close. */
export async function ask(stream: Duplex, text: string): Promise<string> {
  stream.write(text);
  return readText(stream, text.length);
}

/** At least that many bytes, as they come; then destroys the stream. */
export async function readText(stream: Duplex, length: number): Promise<string> {
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
    if (text.length >= length) break;
  }
  return text;
}

/** The `UpstreamError` that a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<UpstreamError> {
  const error: unknown = await promise.then(
    () => new Error('it succeeded'),
    (cause: unknown) => cause,
  );
  if (error instanceof UpstreamError) return error;
  throw error;
}

/** Nothing of a failed attempt is left: every socket is closed. */
export function assertClosed({ opened }: LoopbackOutbound): void {
  assert.deepEqual(
    opened.map((socket) => socket.destroyed),
    opened.map(() => true),
  );
}
