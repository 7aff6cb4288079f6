/**
 * All datagrams of one source endpoint of an application, whatever it talks to.
 */
import type { Binding, Handle, NativeEngine, Refusal, UdpTarget } from '../native/binding.d.ts';
import { firstBytesIn, NO_FIRST_BYTES } from './first-bytes.ts';
import type { FirstBytes } from './first-bytes.ts';
import { countsIn } from './native-stream.ts';
import type { ByteCounts } from './native-stream.ts';

const nothing: ByteCounts = { received: 0, sent: 0 };

/** An own UDP socket of a session. Closed, its destinations are asked for again when next used. */
export class SessionSocket {
  readonly handle: Handle;
  readonly #engine: NativeEngine;
  #counts = nothing;
  #firstBytes = NO_FIRST_BYTES;

  constructor(engine: NativeEngine, handle: Handle) {
    this.#engine = engine;
    this.handle = handle;
  }

  /** Payload bytes from and to the application through this socket. */
  counts(): ByteCounts {
    if (this.#engine.udpSocketCounts(this.handle)) this.#counts = countsIn(this.#engine);
    return this.#counts;
  }

  /** When the first byte passed each way. */
  firstBytes(): FirstBytes {
    if (this.#engine.udpSocketFirstBytes(this.handle)) {
      this.#firstBytes = firstBytesIn(this.#engine);
    }
    return this.#firstBytes;
  }

  close(): void {
    this.counts();
    this.firstBytes();
    this.#engine.udpCloseSocket(this.handle);
  }
}

export class UdpSession {
  readonly handle: Handle;
  readonly src: string;
  readonly srcPort: number;
  readonly #engine: NativeEngine;

  constructor(engine: NativeEngine, handle: Handle, src: string, srcPort: number) {
    this.#engine = engine;
    this.handle = handle;
    this.src = src;
    this.srcPort = srcPort;
  }

  /** Throws an Error with an errno name as `code` where the socket cannot be made. */
  openSocket(
    family: 4 | 6,
    binding: Binding,
    relay: { readonly address: string; readonly port: number } | null,
  ): SessionSocket {
    const handle = this.#engine.udpSocket(this.handle, family, binding, relay);
    return new SessionSocket(this.#engine, handle);
  }

  /**
   * Leads a destination through the socket, to `target` where that is another address or a name;
   * its answers then seem to come from `dst`. False where a name has no relay to be sent to.
   */
  route(
    dst: string,
    dstPort: number,
    socket: SessionSocket,
    target: UdpTarget | null = null,
  ): boolean {
    return this.#engine.udpRoute(this.handle, dst, dstPort, socket.handle, target);
  }

  /** Gives a destination's datagrams to `StackHandlers.onUdpData`. */
  toScript(dst: string, dstPort: number): void {
    this.#engine.udpToScript(this.handle, dst, dstPort);
  }

  /** Sends the application a datagram that seems to come from `src`. False where it was dropped. */
  send(src: string, srcPort: number, bytes: Uint8Array): boolean {
    return this.#engine.udpSend(this.handle, src, srcPort, bytes);
  }

  /** Copies of what waits for a decision, oldest first. `StackHandlers.onUdpMore` tells of later ones. */
  waiting(dst: string, dstPort: number): Buffer[] {
    return this.#engine.udpWaiting(this.handle, dst, dstPort);
  }

  refuse(dst: string, dstPort: number, how: Refusal): void {
    this.#engine.udpRefuse(this.handle, dst, dstPort, how);
  }

  /** Idle milliseconds after which the session closes. */
  setTimeout(ms: number): void {
    this.#engine.udpTimeout(this.handle, ms);
  }

  close(): void {
    this.#engine.udpClose(this.handle);
  }
}

/** The first datagram to a destination waits until the session routes or refuses it. */
export interface UdpPeer {
  readonly session: UdpSession;
  readonly dst: string;
  readonly dstPort: number;
  /** Of the first datagram, 0 to 63. */
  readonly dscp: number;
}
