/**
 * One datagram through a SOCKS5 relay and its answer, or straight past the tunnel: what UDP through an
 * upstream comes down to. Nothing outlives a call.
 */
import type { WayOut } from '../dns/way-out.ts';
import type { Endpoint } from '../upstream/endpoint.ts';
import { dataOfRelayed, relayedDatagram } from '../upstream/socks5-wire.ts';

export interface DatagramQuestion {
  /** Null: straight to the target. */
  readonly relay: { readonly address: string; readonly port: number } | null;
  /** An IP literal. */
  readonly target: Endpoint;
  readonly payload: Buffer;
  /** Milliseconds. */
  readonly wait: number;
}

/** Datagrams get lost: it is sent again. */
const AGAIN_MS = 1_000;

/** The answer's payload; null where none came in time. Rejects with the signal's reason. */
export async function exchangeDatagram(
  datagrams: Pick<WayOut, 'openUdp'>,
  { relay, target, payload, wait }: DatagramQuestion,
  signal: AbortSignal,
): Promise<Buffer | null> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | null>();
  const { address, port } = relay ?? { address: target.host, port: target.port };
  const to = {
    ...{ host: address, port, via: null, interfaceName: '' },
    addresses: async () => [address],
  };
  const handlers = {
    onMessage: (bytes: Buffer): void => {
      const answer = relay === null ? bytes : dataOfRelayed(bytes);
      if (answer !== null) resolve(answer);
    },
    onError: (): void => resolve(null),
  };
  const channel = await datagrams.openUdp(to, handlers, signal).catch(() => {
    signal.throwIfAborted();
    // No route leads there, or the relay's address is none to send to.
    return null;
  });
  if (channel === null) return null;
  const bytes = relay === null ? payload : relayedDatagram(payload, target);
  const onAbort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const late = setTimeout(() => resolve(null), wait);
  const again = setInterval(() => channel.send(bytes), AGAIN_MS);
  try {
    channel.send(bytes);
    return await promise;
  } finally {
    clearTimeout(late);
    clearInterval(again);
    signal.removeEventListener('abort', onAbort);
    channel.close();
  }
}
