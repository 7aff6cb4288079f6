/**
 * How queries reach a resolver: the one thing that core/dns does not do itself. The engine sends
 * them through proxies and by its rules; `DirectWayOut` sends them past the tunnel.
 */
import type { Duplex } from 'node:stream';
import type { NameserverVia } from '../config/dns-config.ts';

/** A resolver as it has to be reached. */
export interface ResolverTarget {
  /** IP literal without brackets, or a domain name. */
  readonly host: string;
  readonly port: number;
  /** Past the tunnel, through a proxy or group, or as the rules decide. */
  readonly via: NameserverVia;
  /** The interface by which it is reached; empty: the route's. Only where `via` is null. */
  readonly interfaceName: string;
  /**
   * Addresses of `host`, best first, asked of `dns.default-nameserver`. To be used wherever the
   * machine itself has to know the address: any other lookup might come back to this resolver.
   */
  addresses(signal: AbortSignal): Promise<string[]>;
}

/** Datagrams to one address, and from no other. */
export interface DatagramChannel {
  /** Never throws: what cannot be sent is lost, or told to `onError`. */
  send(bytes: Uint8Array): void;
  /** Nothing is told afterwards. */
  close(): void;
}

export interface DatagramHandlers {
  onMessage(bytes: Buffer): void;
  /** The channel is of no use any more; closing it is still the caller's. */
  onError(error: Error): void;
}

export interface WayOut {
  /**
   * A stream to the resolver, which is the caller's. Rejects with `UpstreamError`, or with the
   * signal's reason.
   */
  connect(target: ResolverTarget, signal: AbortSignal): Promise<Duplex>;
  /**
   * A channel with a source port of its own. Null where the way carries streams only: the resolver
   * is to be asked over TCP. Rejects as `connect` does.
   */
  openUdp(
    target: ResolverTarget,
    handlers: DatagramHandlers,
    signal: AbortSignal,
  ): Promise<DatagramChannel | null>;
}
