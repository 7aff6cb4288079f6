/**
 * The contract between TypeScript and the native addon.
 *
 * Everything runs on one thread, the event loop. TypeScript sees streams and sessions by
 * `Handle`; it never sees packets or pointers. A handle carries a generation: once its object
 * is gone, every call with it does nothing and returns false (or null), so a late callback is
 * harmless. Buffers are copied in both directions; nobody keeps the other's memory.
 *
 * Addresses are IP literals without brackets or scope, ports are 1 to 65535 in host order,
 * `errno` values are the platform's positive numbers (0: a clean end).
 */

export type Handle = number;

/** A packet device. `fault` and `pcap` wrap any other device. */
export type DeviceSpec =
  /** A Linux TUN. `name` may be empty (the kernel chooses). `offload` asks for checksum and segmentation offload. */
  | { readonly kind: 'tun'; readonly name: string; readonly mtu: number; readonly offload: boolean }
  /** Queues in memory; a test injects and takes packets. */
  | { readonly kind: 'memory'; readonly mtu: number }
  /** Mistreats packets of both directions, each with its own probability from 0 to 1, reproducibly from `seed`. */
  | {
      readonly kind: 'fault';
      readonly inner: DeviceSpec;
      readonly seed: number;
      readonly loss?: number;
      readonly reorder?: number;
      readonly duplicate?: number;
      readonly corrupt?: number;
      readonly truncate?: number;
    }
  /** Writes every packet of both directions to a pcap file (LINKTYPE_RAW). */
  | { readonly kind: 'pcap'; readonly inner: DeviceSpec; readonly path: string };

export interface Limits {
  /** TCP flows of every state together. */
  readonly maxFlows: number;
  /** Flows whose SYN is held or whose handshake is not finished. */
  readonly maxHalfOpen: number;
  readonly maxUdpSessions: number;
  /** Bytes of packet memory in flight; beyond it packets are dropped, as a router would. */
  readonly maxBufferBytes: number;
}

/** How to answer a held SYN or a refused datagram instead of accepting it. */
export type Refusal =
  'reset' | 'port-unreachable' | 'host-unreachable' | 'net-unreachable' | 'prohibited' | 'drop';

/** Where an own socket leaves the machine. Empty strings: not bound. */
export interface Binding {
  readonly device: string;
  readonly address4: string;
  readonly address6: string;
}

/** What the stack answers by itself, and lets in. */
export interface StackSettings {
  /** What becomes of captured echo requests: dropped, answered for any address, or decided by `echo`. */
  readonly echo: 'off' | 'reply' | 'direct';
  /** Echo requests to IPv6 addresses are told that there is no way, unless `echo` drops them. */
  readonly refuseIpv6: boolean;
  /** The router that packets pass on their way out: who says that their hop limit ended. Empty: nobody. */
  readonly hop4: string;
  readonly hop6: string;
  /** Broadcast address of the tunnel's own network, which is never answered. Empty: none. */
  readonly broadcast4: string;
  /** Whether anyone may answer a UDP session (RFC 4787 5), or only whom it has sent to. */
  readonly endpointIndependentNat: boolean;
}

/** What is recorded, and how much of it. */
export interface RecordOptions {
  /** Bytes of memory; what is older gives way. */
  readonly capacity: number;
  /** Bytes that are kept of a packet, at most 65535. */
  readonly snap: number;
  /** Packets of these, and ICMP errors about them; null: every packet. */
  readonly flows: readonly RecordedFlow[] | null;
}

/** A flow as its packets name it. `dst` may be empty: whoever its application's end speaks to. */
export interface RecordedFlow {
  readonly udp: boolean;
  readonly src: string;
  readonly srcPort: number;
  readonly dst: string;
  readonly dstPort: number;
}

/** Of a recording that is not forgotten. */
export interface RecordState {
  /** In memory now. */
  readonly packets: number;
  readonly bytes: number;
  /** Packets that gave way to later ones. */
  readonly lost: number;
  /** Position behind the latest: bytes that were recorded so far. */
  readonly end: number;
}

/** Where datagrams leave for: an IP literal, or (through a relay alone) a domain of at most 255 bytes. */
export interface UdpTarget {
  readonly host: string;
  readonly port: number;
}

/** Called by the addon, never from inside a call into it (except where a method says so). */
export interface Handlers {
  /** A SYN for an unknown 4-tuple is held: answer with `accept` or `refuse`. `dscp` is 0 to 63. */
  flow(
    flow: Handle,
    src: string,
    srcPort: number,
    dst: string,
    dstPort: number,
    dscp: number,
  ): void;
  /** An own socket is connected, or an accepted flow finished its handshake. */
  connected(stream: Handle): void;
  /** Bytes of a stream that is not spliced. The buffer is a copy. */
  data(stream: Handle, bytes: Buffer): void;
  /** The far end sent its FIN; the other direction stays open. */
  end(stream: Handle): void;
  /** The write queue of a stream fell below its low-water mark after `write` returned false. */
  drain(stream: Handle): void;
  /**
   * The stream, or the held flow, is gone and so is its handle: told exactly once for each. `received`
   * and `sent` are the bytes of its whole life, `firstReceived` and `firstSent` as `firstBytes` has them.
   */
  closed(
    stream: Handle,
    errno: number,
    received: number,
    sent: number,
    firstReceived: number,
    firstSent: number,
  ): void;
  /**
   * The first datagram of a session to this destination; it waits (bounded) until `udpRoute`,
   * `udpToScript` or `udpRefuse` is called for the same destination.
   */
  udpPeer(
    session: Handle,
    src: string,
    srcPort: number,
    dst: string,
    dstPort: number,
    dscp: number,
  ): void;
  /** A datagram of a peer that `udpToScript` was called for. */
  udpData(session: Handle, dst: string, dstPort: number, bytes: Buffer): void;
  /** One more datagram waits for a decision, after `udpWaiting` was called for the destination. */
  udpMore(session: Handle, dst: string, dstPort: number): void;
  /**
   * An application (an id of its) asks for the echo of a destination: answer with `echoReply`,
   * `echoRefuse` or `echoRoute`. Its requests wait (bounded).
   */
  echo(echo: Handle, src: string, dst: string): void;
  /** The echo session was idle, or was closed. Its socket is closed with it. Payload bytes. */
  echoClosed(echo: Handle, received: number, sent: number): void;
  /** The device is gone (somebody deleted it): no packet comes any more. Told once; what is left is to close. */
  deviceLost(errno: number): void;
  /** The session was idle for its timeout, or was closed. Its sockets are closed with it. */
  udpClosed(
    session: Handle,
    received: number,
    sent: number,
    firstReceived: number,
    firstSent: number,
  ): void;
}

/** Counters since the start, by name (see `docs/architecture.md`); all are monotonic but `*Now`. */
export type Counters = Readonly<Record<string, number>>;

export interface NativeEngine {
  /** The device's real name and what the kernel granted. */
  readonly deviceName: string;
  readonly offload: boolean;

  /** Feeds the held SYN to the stack; `connected` follows when the handshake is done. */
  accept(flow: Handle): boolean;
  /** Answers the held SYN (or resets an open flow) and forgets the flow. `closed` follows. */
  refuse(flow: Handle, how: Refusal): boolean;

  /** Begins a TCP connection past the tunnel; `connected` or `closed` follows. Throws on a bad address. */
  connect(address: string, port: number, binding: Binding): Handle;

  /** Queues bytes; false asks the caller to wait for `drain`. The bytes are taken in either case. */
  write(stream: Handle, bytes: Uint8Array): boolean;
  /** Sends FIN after everything that is queued. */
  end(stream: Handle): boolean;
  /** Closes at once, with a RST. `closed` follows. */
  destroy(stream: Handle): boolean;
  /** While paused, `data` and `end` are not called and the receive window closes. Streams start paused. */
  pause(stream: Handle): boolean;
  resume(stream: Handle): boolean;
  /**
   * Moves bytes both ways natively until both directions have ended: half-close is passed on as
   * half-close, reset as reset. `data`, `end` and `drain` are no longer called; `closed` is, once
   * for each. Bytes written before still go first.
   */
  splice(a: Handle, b: Handle): boolean;
  /**
   * The two numbers that the calls below answer, until the next of them: received and sent. They return
   * false, and leave it alone, where the handle is of nothing.
   */
  readonly pair: { readonly 0: number; readonly 1: number };
  /** Bytes so far. */
  counts(stream: Handle): boolean;
  /** Milliseconds since the first byte in each direction; -1: there was none. */
  firstBytes(stream: Handle): boolean;
  /** A UDP socket past the tunnel that belongs to a session. With `relay`, datagrams travel behind SOCKS5 headers to it. */
  udpSocket(
    session: Handle,
    family: 4 | 6,
    binding: Binding,
    relay: { readonly address: string; readonly port: number } | null,
  ): Handle;
  /** Closes one socket of a session; its destinations are asked for again by `udpPeer`. */
  udpCloseSocket(socket: Handle): boolean;
  /** As `counts`: payload bytes from and to the application through this socket. */
  udpSocketCounts(socket: Handle): boolean;
  /** As `firstBytes`, of the datagrams through this socket. */
  udpSocketFirstBytes(socket: Handle): boolean;
  /**
   * Datagrams of the session to this destination leave through `socket`; those waiting go first.
   * With a `target` they leave for there instead, and what it answers is shown to the application
   * as from `dst`. Who else answers is shown under his own address. False (and nothing is decided)
   * where the target is a domain and the socket has no relay.
   */
  udpRoute(
    session: Handle,
    dst: string,
    dstPort: number,
    socket: Handle,
    target: UdpTarget | null,
  ): boolean;
  /** Copies of the datagrams that wait for a decision, oldest first. */
  udpWaiting(session: Handle, dst: string, dstPort: number): Buffer[];
  /** Datagrams of the session to this destination are given to `udpData`; those waiting go first. */
  udpToScript(session: Handle, dst: string, dstPort: number): boolean;
  /** Drops what waits, answers with ICMP unless `drop`, and keeps doing so for this destination. */
  udpRefuse(session: Handle, dst: string, dstPort: number, how: Refusal): boolean;
  /** Sends a datagram to the session's application as if it came from `src`. */
  udpSend(session: Handle, src: string, srcPort: number, bytes: Uint8Array): boolean;
  /** Idle time after which the session closes, in milliseconds. */
  udpTimeout(session: Handle, ms: number): boolean;
  udpClose(session: Handle): boolean;

  /** Applies from the next packet on. At first no echo is answered, and anyone may answer a session. */
  configure(settings: StackSettings): boolean;
  /** Answers the requests in the destination's place. */
  echoReply(echo: Handle): boolean;
  echoRefuse(echo: Handle, how: Refusal): boolean;
  /**
   * Sends the requests on to `target` past the tunnel, and shows its replies, and errors about
   * them, as the destination's. Throws where there is no such socket.
   */
  echoRoute(echo: Handle, target: string, binding: Binding): boolean;
  echoClose(echo: Handle): boolean;

  counters(): Counters;

  /** Records packets as the device carries them from now on; what was recorded before is forgotten. False: no memory. */
  record(options: RecordOptions): boolean;
  /** What was recorded stays readable. */
  recordStop(): boolean;
  recordForget(): boolean;
  recordState(): RecordState | null;
  /** The beginning of a capture file (pcap) of what is recorded, or null. */
  recordHeader(): Buffer | null;
  /**
   * Whole packets as a capture file has them, from a position on (from the oldest, where that was
   * overwritten) and before `end`, some 256 KB at most, and the position behind them; null: there are none.
   */
  recordRead(position: number, end: number): [bytes: Buffer, next: number] | null;

  /** Memory devices only: one IP packet from the machine's side. */
  inject(packet: Uint8Array): void;
  /** Memory devices only: the oldest packet sent to the machine, or null. */
  take(): Buffer | null;

  /** Closes everything. No handler is called afterwards. */
  close(): void;
}

export interface NativeBinding {
  /** Throws an Error with `code` (errno name) and `syscall` where the device cannot be opened. */
  readonly NativeEngine: new (
    device: DeviceSpec,
    limits: Limits,
    handlers: Handlers,
  ) => NativeEngine;

  /** Who connected the unix socket behind this descriptor; null where the kernel does not say. */
  readonly peerOf: (
    fd: number,
  ) => { readonly pid: number; readonly uid: number; readonly gid: number } | null;
  /** The socket of this network namespace that has exactly this flow; null: none that a process has. Takes microseconds. */
  readonly findSocket: (
    udp: boolean,
    local: string,
    localPort: number,
    peer: string,
    peerPort: number,
  ) => FoundSocket | null;
  /**
   * Where a flow came from before a firewall of this machine rewrote its source (masquerading); null:
   * from where its packets say. Takes microseconds.
   */
  readonly findOrigin: (
    udp: boolean,
    src: string,
    srcPort: number,
    dst: string,
    dstPort: number,
  ) => FlowOrigin | null;
  /** Inodes of the sockets that listen on a TCP port, on whatever address. */
  readonly listeningSockets: (port: number) => number[];
  /** Whether this kernel was built so that `findSocket` can find UDP sockets. */
  readonly canFindUdp: () => boolean;
  /**
   * One process for each socket that has one (with `every`: all that have it), by a walk through
   * /proc on another thread; processes in `likely` are looked at first.
   */
  readonly findHolders: (
    sockets: readonly FoundSocket[],
    likely: readonly number[],
    every: boolean,
  ) => Promise<SocketHolder[]>;
}

export interface FlowOrigin {
  readonly address: string;
  readonly port: number;
}

export interface FoundSocket {
  readonly inode: number;
  readonly uid: number;
}

export interface SocketHolder {
  readonly inode: number;
  readonly pid: number;
  /** Of the program; empty where we may not know. */
  readonly path: string;
  /** What the process calls itself, cut at 15 bytes. */
  readonly name: string;
}
