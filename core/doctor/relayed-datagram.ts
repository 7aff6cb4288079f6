/**
 * One datagram through a SOCKS5 relay and its answer, or straight past the tunnel: what UDP through an
 * upstream comes down to. Nothing outlives a call.
 */
import { createSocket } from 'node:dgram';
import { parseIp } from '../../rules/ip.ts';
import type { Binding } from '../native/binding.d.ts';
import { addressLength, lengthOfAddress, writeAddress } from '../upstream/socks5-wire.ts';
import type { Endpoint } from '../upstream/endpoint.ts';

export interface DatagramWay {
  /** Null: straight to the target. */
  readonly relay: { readonly address: string; readonly port: number } | null;
  /** How a socket to the relay, or to the target, is bound. */
  readonly binding: Binding;
}

/** Datagrams get lost: it is sent again. */
const AGAIN_MS = 1_000;

/** The answer's payload; null where none came in time. Rejects with the signal's reason. */
export async function exchangeDatagram(
  { relay, binding }: DatagramWay,
  target: { readonly address: string; readonly port: number },
  payload: Buffer,
  waitMs: number,
  signal: AbortSignal,
): Promise<Buffer | null> {
  const to = relay ?? target;
  const isSix = to.address.includes(':');
  const bytes = relay === null ? payload : Buffer.concat([headerFor(target), payload]);
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
  signal.throwIfAborted();
  const socket = createSocket(isSix ? 'udp6' : 'udp4');
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  const late = setTimeout(() => resolve(null), waitMs);
  const send = (): void => socket.send(bytes, () => undefined);
  const again = setInterval(send, AGAIN_MS);
  socket.on('message', (message) => {
    const answer = relay === null ? message : withoutHeader(message);
    if (answer !== null) resolve(answer);
  });
  socket.on('error', () => resolve(null));
  const own = isSix ? binding.address6 : binding.address4;
  socket.bind({ port: 0, ...(own === '' ? {} : { address: own }) }, () => {
    socket.connect(to.port, to.address, send);
  });
  return promise.finally(() => {
    clearTimeout(late);
    clearInterval(again);
    signal.removeEventListener('abort', onAbort);
    socket.close();
  });
}

/** RSV, RSV, FRAG, then the address (RFC 1928 section 7). */
function headerFor({ address, port }: { address: string; port: number }): Buffer {
  const target: Endpoint = { host: address, port, ip: parseIp(address) };
  const header = Buffer.alloc(3 + addressLength(target));
  writeAddress(header, 3, target);
  return header;
}

/** Null: it is no datagram of a relay. */
function withoutHeader(message: Buffer): Buffer | null {
  if (message.length < 5 || message[2] !== 0) return null;
  const length = lengthOfAddress(message[3] ?? 0, message[4] ?? 0);
  return length === null || message.length < 3 + length ? null : message.subarray(3 + length);
}
