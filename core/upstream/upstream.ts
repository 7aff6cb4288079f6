/**
 * What an upstream is: something that opens a stream (or relays datagrams) to a target.
 * One file per protocol implements this; `registry.ts` builds them from the configuration.
 */
import type { Duplex } from 'node:stream';

/** Where a flow is going. `host` is a domain name when one is known, else an IP literal without brackets. */
export interface Target {
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/**
 * What an address is for: the server of a proxy, a destination that is connected to directly, or
 * something that has to be known about a destination. Each may have resolvers of its own.
 */
export type LookupPurpose = 'proxy-server' | 'direct' | 'rule';

/**
 * The way out of this machine, past the tunnel. The engine implements it with native
 * sockets bound to the uplink; tests may implement it with plain `node:net` sockets.
 */
export interface Outbound {
  /**
   * Opens a TCP connection to an IP literal. Rejects with `UpstreamError` whose `failure`
   * tells refused, unreachable and timeout apart. The caller owns the stream and destroys it.
   */
  connectTcp(address: string, port: number, signal: AbortSignal): Promise<Duplex>;
  /** Addresses of a host name, best first, looked up past the tunnel. Never empty: rejects with `UpstreamError`. */
  resolve(host: string, purpose: LookupPurpose, signal: AbortSignal): Promise<string[]>;
}

/** How the datagrams of a UDP session leave. */
export type UdpAssociation =
  /** Straight to their destination. */
  | { readonly kind: 'direct' }
  /**
   * To `relay`, each behind a SOCKS5 UDP request header (RFC 1928 section 7), for as long as
   * `control` stays open. Whoever asked for the association owns `control` and destroys it.
   */
  | {
      readonly kind: 'socks5';
      readonly relay: { readonly address: string; readonly port: number };
      readonly control: Duplex;
    };

export interface Upstream {
  /** The name of the proxy in the configuration, or DIRECT. */
  readonly name: string;
  /** As Clash dashboards show it: Direct, Socks5, Socks4, Http. */
  readonly type: string;
  /** Names from this upstream to the machine: itself first, then each `dialer-proxy`. */
  readonly chain: readonly string[];
  /**
   * Opens a stream to the target. On return every handshake is done and no byte of the
   * target's has been lost (a byte that came with the last handshake reply is readable).
   * Rejects with `UpstreamError`; when `signal` aborts, everything half-open is destroyed.
   */
  connect(target: Target, signal: AbortSignal): Promise<Duplex>;
  /** Asks for a UDP relay; rejects with `UpstreamError` where the upstream has none. */
  associate(signal: AbortSignal): Promise<UdpAssociation>;
}
