/**
 * The userspace stack as TypeScript sees it: captured flows and sessions come in, own connections go
 * out. Owns the native engine and the table from handles to what stands behind them.
 */
import type { Duplex } from 'node:stream';
import { getSystemErrorMessage } from 'node:util';
import { SluiceError } from '../api/errors.ts';
import type {
  Binding,
  Counters,
  DeviceSpec,
  Handle,
  Handlers,
  Limits,
  NativeEngine,
  StackSettings,
} from '../native/binding.d.ts';
import { loadBinding } from '../native/index.ts';
import { EchoSession } from './echo-session.ts';
import { type FirstBytes, firstBytesOf } from './first-bytes.ts';
import { type ByteCounts, NativeStream } from './native-stream.ts';
import { OwnConnection } from './own-connection.ts';
import { ECONNABORTED } from './socket-error.ts';
import { PacketTap } from './packet-tap.ts';
import { splice, type SpliceResult } from './splice.ts';
import { TcpFlow } from './tcp-flow.ts';
import { type UdpPeer, UdpSession } from './udp-session.ts';

export interface StackHandlers {
  onTcpFlow(flow: TcpFlow): void;
  onUdpPeer(peer: UdpPeer): void;
  /** A datagram to a destination that `UdpSession.toScript` was called for. */
  onUdpData(session: UdpSession, dst: string, dstPort: number, bytes: Buffer): void;
  /** One more datagram waits for a decision, after `UdpSession.waiting` was called. */
  onUdpMore(session: UdpSession, dst: string, dstPort: number): void;
  /** `counts` and `first` are the payload bytes of all its sockets. */
  onUdpSessionClosed(session: UdpSession, counts: ByteCounts, first: FirstBytes): void;
  /** With the setting `direct`: an application asks for the echo of a destination, and waits for the decision. */
  onEcho(session: EchoSession): void;
  onEchoClosed(session: EchoSession, counts: ByteCounts): void;
  /** The device is gone, and no packet comes any more: what is left is to close the stack. */
  onDeviceLost(error: SluiceError): void;
}

export interface StackOptions {
  readonly device: DeviceSpec;
  readonly limits: Limits;
  readonly handlers: StackHandlers;
}

export class Stack {
  readonly #engine: NativeEngine;
  readonly tap: PacketTap;
  readonly #handlers: StackHandlers;
  readonly #streams = new Map<Handle, NativeStream | TcpFlow | OwnConnection>();
  readonly #sessions = new Map<Handle, UdpSession>();
  readonly #echoes = new Map<Handle, EchoSession>();

  /** Throws an Error with an errno name as `code` where the device cannot be opened. */
  constructor({ device, limits, handlers }: StackOptions) {
    const { NativeEngine } = loadBinding();
    this.#handlers = handlers;
    this.#engine = new NativeEngine(device, limits, this.#nativeHandlers());
    this.tap = new PacketTap(this.#engine);
  }

  get deviceName(): string {
    return this.#engine.deviceName;
  }

  /** Whether the kernel granted checksum and segmentation offload. */
  get offload(): boolean {
    return this.#engine.offload;
  }

  /** Connects to an IP literal, past the tunnel. Rejects with `UpstreamError`, or the signal's reason. */
  connectTcp(
    address: string,
    port: number,
    binding: Binding,
    signal: AbortSignal,
  ): Promise<NativeStream> {
    return new Promise((resolve, reject) => {
      signal.throwIfAborted();
      const handle = this.#engine.connect(address, port, binding);
      const where = `${address} port ${port}`;
      this.#streams.set(
        handle,
        new OwnConnection(this.#engine, handle, where, signal, resolve, reject),
      );
    });
  }

  /** Applies from the next packet on. At first no echo is answered, and anyone may answer a session. */
  configure(settings: StackSettings): void {
    this.#engine.configure(settings);
  }

  /** See `splice.ts`. */
  splice(a: NativeStream, b: Duplex): Promise<SpliceResult> {
    return splice(this.#engine, a, b);
  }

  counters(): Counters {
    return this.#engine.counters();
  }

  /** Memory devices only. */
  inject(packet: Uint8Array): void {
    this.#engine.inject(packet);
  }

  /** Memory devices only. */
  take(): Buffer | null {
    return this.#engine.take();
  }

  /** Closes the device and everything that runs through it; applications see resets. */
  close(): void {
    const streams = [...this.#streams.values()];
    this.#streams.clear();
    this.#sessions.clear();
    this.#echoes.clear();
    // Nothing native is told after the close: whoever waits for one of these hears of it here.
    for (const stream of streams) {
      if (stream instanceof NativeStream) stream.destroy();
      else stream.onClosed(ECONNABORTED);
    }
    this.#engine.close();
  }

  #nativeHandlers(): Handlers {
    const streams = this.#streams;
    const open = (handle: Handle): NativeStream | null => {
      const stream = streams.get(handle);
      return stream instanceof NativeStream ? stream : null;
    };
    return {
      flow: (handle, src, srcPort, dst, dstPort, dscp) => {
        const opened = (stream: NativeStream): void => {
          streams.set(handle, stream);
        };
        const flow = new TcpFlow(this.#engine, opened, handle, src, srcPort, dst, dstPort, dscp);
        streams.set(handle, flow);
        this.#handlers.onTcpFlow(flow);
      },
      connected: (handle) => {
        const stream = streams.get(handle);
        if (stream instanceof OwnConnection) {
          const opened = stream.onConnected();
          if (opened !== null) streams.set(handle, opened);
        } else if (stream instanceof TcpFlow) stream.onConnected();
      },
      data: (handle, bytes) => open(handle)?.onData(bytes),
      end: (handle) => open(handle)?.onEnd(),
      drain: (handle) => open(handle)?.onDrain(),
      closed: (handle, errno, received, sent, firstReceived, firstSent) => {
        const stream = streams.get(handle);
        streams.delete(handle);
        stream?.onClosed(errno, { received, sent }, firstBytesOf(firstReceived, firstSent));
      },
      udpPeer: (handle, src, srcPort, dst, dstPort, dscp) => {
        let session = this.#sessions.get(handle);
        if (session === undefined) {
          session = new UdpSession(this.#engine, handle, src, srcPort);
          this.#sessions.set(handle, session);
        }
        this.#handlers.onUdpPeer({ session, dst, dstPort, dscp });
      },
      udpData: (handle, dst, dstPort, bytes) => {
        const session = this.#sessions.get(handle);
        if (session !== undefined) this.#handlers.onUdpData(session, dst, dstPort, bytes);
      },
      udpMore: (handle, dst, dstPort) => {
        const session = this.#sessions.get(handle);
        if (session !== undefined) this.#handlers.onUdpMore(session, dst, dstPort);
      },
      udpClosed: (handle, received, sent, firstReceived, firstSent) => {
        const session = this.#sessions.get(handle);
        this.#sessions.delete(handle);
        if (session !== undefined) {
          const first = firstBytesOf(firstReceived, firstSent);
          this.#handlers.onUdpSessionClosed(session, { received, sent }, first);
        }
      },
      echo: (handle, src, dst) => {
        const session = new EchoSession(this.#engine, handle, src, dst);
        this.#echoes.set(handle, session);
        this.#handlers.onEcho(session);
      },
      echoClosed: (handle, received, sent) => {
        const session = this.#echoes.get(handle);
        this.#echoes.delete(handle);
        if (session !== undefined) this.#handlers.onEchoClosed(session, { received, sent });
      },
      deviceLost: (errno) => this.#handlers.onDeviceLost(deviceLost(this.deviceName, errno)),
    };
  }
}

function deviceLost(name: string, errno: number): SluiceError {
  return new SluiceError(
    'ERR_TUN_LOST',
    `The TUN device ${name} is gone (${getSystemErrorMessage(-errno)}): somebody has deleted it. ` +
      'Nothing is captured any more. Restart Sluice.',
  );
}
