/**
 * The way to resolvers past the tunnel, by sockets that are bound to where the tunnel lets them pass.
 * Ways through proxies are the engine's: this one refuses them. Keeps nothing.
 */
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Duplex } from 'node:stream';
import { UpstreamError } from '../api/errors.ts';
import type { DialFailure } from '../api/errors.ts';
import type { Binding } from '../native/binding.d.ts';
import { connectFirst } from '../upstream/happy-eyeballs.ts';
import type { DatagramChannel, DatagramHandlers, ResolverTarget, WayOut } from './way-out.ts';

export interface DirectWayOutOptions {
  /** See `Platform.bindingFor`. */
  readonly bindingFor: (address: string) => Binding | null;
  /** See `Stack.connectTcp`; absent: a socket of Node's, which cannot be bound to a device. */
  readonly connectTcp?: ConnectTcp;
}

type ConnectTcp = (
  address: string,
  port: number,
  binding: Binding,
  signal: AbortSignal,
) => Promise<Duplex>;

export class DirectWayOut implements WayOut {
  readonly #bindingFor: DirectWayOutOptions['bindingFor'];
  readonly #connectTcp: ConnectTcp;

  constructor(options: DirectWayOutOptions) {
    this.#bindingFor = options.bindingFor;
    this.#connectTcp = options.connectTcp ?? connectByNode;
  }

  async connect(target: ResolverTarget, signal: AbortSignal): Promise<Duplex> {
    assertDirect(target);
    const { port, interfaceName } = target;
    try {
      return await connectFirst(
        await target.addresses(signal),
        async (address, abort) =>
          this.#connectTcp(withoutScope(address), port, this.#bind(address, interfaceName), abort),
        (stream) => stream.on('error', () => undefined).destroy(),
        signal,
      );
    } catch (cause) {
      // The first address is the best one.
      throw cause instanceof AggregateError ? (cause.errors[0] ?? cause) : cause;
    }
  }

  async openUdp(
    target: ResolverTarget,
    handlers: DatagramHandlers,
    signal: AbortSignal,
  ): Promise<DatagramChannel | null> {
    assertDirect(target);
    const { port, interfaceName } = target;
    const [address = target.host] = await target.addresses(signal);
    const binding = this.#bind(address, interfaceName);
    // An address alone does not make the kernel choose the interface.
    const route = this.#bindingFor(withoutScope(address));
    if (interfaceName !== '' && route?.device !== interfaceName) return null;
    signal.throwIfAborted();
    return openChannel(address, port, binding, handlers);
  }

  #bind(address: string, interfaceName: string): Binding {
    const literal = withoutScope(address);
    const binding =
      interfaceName === '' ? this.#bindingFor(literal) : bindingOfInterface(interfaceName);
    if (binding === null) throw failure('net-unreachable', literal, 'no route leads there');
    return binding;
  }
}

function assertDirect({ via, host }: ResolverTarget): void {
  if (via === null || (via !== 'rules' && via.proxy === 'DIRECT')) return;
  throw failure('upstream', host, 'the way through a proxy is not open yet');
}

function bindingOfInterface(name: string): Binding | null {
  const own = networkInterfaces()[name];
  if (own === undefined) return null;
  const first = (family: string): string =>
    // Link-local addresses have a scope, and reach nothing beyond the link.
    own.find((one) => one.family === family && (one.family === 'IPv4' || one.scopeid === 0))
      ?.address ?? '';
  return { device: name, address4: first('IPv4'), address6: first('IPv6') };
}

function withoutScope(address: string): string {
  return address.replace(/%.*/, '');
}

function localAddress(address: string, binding: Binding): string {
  return address.includes(':') ? binding.address6 : binding.address4;
}

async function openChannel(
  address: string,
  port: number,
  binding: Binding,
  handlers: DatagramHandlers,
): Promise<DatagramChannel> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let isOpen = true;
  socket.on('message', (bytes) => {
    if (isOpen) handlers.onMessage(bytes);
  });
  socket.on('error', (error) => {
    reject(error);
    if (isOpen) handlers.onError(error);
  });
  const local = localAddress(address, binding);
  try {
    if (local === '' && binding.device !== '') {
      // An unbound socket would enter the tunnel; only this machine's own servers need none.
      throw failure('net-unreachable', address, 'the interface has no address of that family');
    }
    // Port 0: the kernel draws one at random, and `connect` keeps strangers out.
    socket.bind({ port: 0, ...(local === '' ? {} : { address: local }) }, () => {
      socket.once('connect', resolve).connect(port, address);
    });
    await promise;
  } catch (cause) {
    isOpen = false;
    socket.close();
    throw cause;
  }
  return {
    send: (bytes) => socket.send(bytes, () => undefined),
    close: () => {
      if (isOpen) socket.close();
      isOpen = false;
    },
  };
}

function connectByNode(
  address: string,
  port: number,
  binding: Binding,
  signal: AbortSignal,
): Promise<Duplex> {
  const local = localAddress(address, binding);
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    if (local === '' && binding.device !== '') {
      throw failure('net-unreachable', address, 'the interface has no address of that family');
    }
    const socket = connect({
      host: address,
      port,
      allowHalfOpen: true,
      ...(local === '' ? {} : { localAddress: local }),
    });
    const onAbort = (): void => {
      socket.destroy();
      reject(signal.reason as Error);
    };
    const onError = (cause: NodeJS.ErrnoException): void => {
      signal.removeEventListener('abort', onAbort);
      reject(failure(FAILURES[cause.code ?? ''] ?? 'host-unreachable', address, cause.message));
    };
    signal.addEventListener('abort', onAbort);
    socket.once('error', onError);
    socket.once('connect', () => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
      resolve(socket);
    });
  });
}

const FAILURES: Readonly<Record<string, DialFailure>> = {
  ECONNREFUSED: 'refused',
  ENETUNREACH: 'net-unreachable',
  EADDRNOTAVAIL: 'net-unreachable',
  ETIMEDOUT: 'timeout',
};

function failure(kind: DialFailure, address: string, reason: string): UpstreamError {
  return new UpstreamError('ERR_DNS_CONNECT', kind, `Cannot reach ${address}: ${reason}.`);
}
