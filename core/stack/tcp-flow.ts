/**
 * A captured TCP connection whose SYN is held: one of `accept` and `refuse` answers it.
 */
import { SluiceError } from '../api/errors.ts';
import type { Handle, NativeEngine, Refusal } from '../native/binding.d.ts';
import { NativeStream } from './native-stream.ts';

interface Waiting {
  readonly resolve: (stream: NativeStream) => void;
  readonly reject: (error: Error) => void;
}

export class TcpFlow {
  readonly handle: Handle;
  readonly src: string;
  readonly srcPort: number;
  readonly dst: string;
  readonly dstPort: number;
  /** Of its SYN, 0 to 63. */
  readonly dscp: number;
  /** Set by the owner: the application gave up before it was answered. */
  onVanished: (() => void) | null = null;
  readonly #engine: NativeEngine;
  readonly #opened: (stream: NativeStream) => void;
  #waiting: Waiting | null = null;
  #refused = false;

  /** `opened` is told of the stream when the handshake is done. */
  constructor(
    engine: NativeEngine,
    opened: (stream: NativeStream) => void,
    handle: Handle,
    src: string,
    srcPort: number,
    dst: string,
    dstPort: number,
    dscp: number,
  ) {
    this.#engine = engine;
    this.#opened = opened;
    this.handle = handle;
    this.src = src;
    this.srcPort = srcPort;
    this.dst = dst;
    this.dstPort = dstPort;
    this.dscp = dscp;
  }

  /** Lets the handshake begin. Resolves when it is done; rejects if the application vanished. */
  accept(): Promise<NativeStream> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      if (!this.#engine.accept(this.handle)) this.onClosed();
    });
  }

  /** Answers the SYN instead of accepting it, or resets what was accepted. */
  refuse(how: Refusal): void {
    this.#refused = true;
    this.#engine.refuse(this.handle, how);
  }

  /** The native side's events, passed on by `Stack`. */
  onConnected(): void {
    // Refused in the same moment: it is being closed already.
    if (this.#refused) return;
    const stream = new NativeStream(this.#engine, this.handle);
    this.#opened(stream);
    this.#waiting?.resolve(stream);
    this.#waiting = null;
  }

  onClosed(): void {
    if (this.#waiting === null && !this.#refused) this.onVanished?.();
    this.#waiting?.reject(
      new SluiceError('ERR_FLOW_VANISHED', 'The application gave up before it was answered.'),
    );
    this.#waiting = null;
  }
}
