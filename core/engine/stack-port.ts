/**
 * What the engine needs from the userspace stack (`core/stack`), and what the stack tells it.
 * Everything runs on the event loop; the stack owns sockets and flows, the engine decides.
 */
import type { Duplex } from 'node:stream';
import type { Binding, Counters, Refusal } from '../native/binding.d.ts';

/** A captured connection whose SYN is held until one of `accept` and `refuse` is called. */
export interface HeldFlow {
  readonly src: string;
  readonly srcPort: number;
  readonly dst: string;
  readonly dstPort: number;
  /** Set by the engine: the application gave up before it was answered. */
  onVanished: (() => void) | null;
  /** Resolves when the handshake is done; rejects if the application vanished. */
  accept(): Promise<FlowStream>;
  refuse(how: Refusal): void;
}

/** The application's end of an accepted flow. Paused until it is read or spliced. */
export interface FlowStream extends Duplex {
  /** Bytes from and to the far end; the last values stay readable after the close. */
  counts(): { readonly received: number; readonly sent: number };
}

export interface SpliceResult {
  /** Bytes from `a` to `b`, and from `b` to `a`. */
  readonly up: number;
  readonly down: number;
  /** Null: both directions ended with FIN. */
  readonly error: Error | null;
}

/** An own UDP socket of a session. Closed, its destinations are forgotten: the next datagram is a new peer. */
export interface SessionSocket {
  close(): void;
  /** Payload bytes from and to the application through this socket. */
  counts(): { readonly received: number; readonly sent: number };
}

/** All datagrams of one source endpoint. */
export interface UdpSession {
  readonly src: string;
  readonly srcPort: number;
  openSocket(
    family: 4 | 6,
    binding: Binding,
    relay: { readonly address: string; readonly port: number } | null,
  ): SessionSocket;
  route(dst: string, dstPort: number, socket: SessionSocket): void;
  refuse(dst: string, dstPort: number, how: Refusal): void;
  /** Idle milliseconds after which the session closes. */
  setTimeout(ms: number): void;
  close(): void;
}

/** The first datagram to a destination waits until the session routes or refuses it. */
export interface UdpPeer {
  readonly session: UdpSession;
  readonly dst: string;
  readonly dstPort: number;
}

export interface StackHandlers {
  onTcpFlow(flow: HeldFlow): void;
  onUdpPeer(peer: UdpPeer): void;
  onUdpSessionClosed(session: UdpSession): void;
}

export interface PacketStack {
  readonly deviceName: string;
  readonly offload: boolean;
  connectTcp(
    address: string,
    port: number,
    binding: Binding,
    signal: AbortSignal,
  ): Promise<FlowStream>;
  /** Whether an own socket (open or still connecting) has this local address and port: the breaker asks. */
  ownsSocket(network: 'tcp' | 'udp', address: string, port: number): boolean;
  counters(): Counters;
  close(): void;
}
