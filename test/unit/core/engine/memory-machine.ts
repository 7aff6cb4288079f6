/**
 * The machine at the other side of a memory device, as far as tests of the engine need one: TCP
 * clients and UDP sockets over IPv4 that speak to the stack in whole packets. The link loses
 * nothing, so nothing is sent twice. RFC 9293 for TCP, RFC 768 for UDP, RFC 792 for ICMP.
 */
import type { Stack } from '../../../../core/stack/stack.ts';

export const MACHINE = '198.18.0.1';

const TCP = 6;
const UDP = 17;
const ICMP = 1;
const FIN = 1;
const SYN = 2;
const RST = 4;
const PSH = 8;
const ACK = 16;

/** What the application hears of its connection attempt. */
export type ConnectOutcome = 'connected' | 'reset' | `icmp ${number}`;

export class MemoryMachine {
  readonly #stack: Stack;
  readonly #clients = new Map<number, TcpClient>();
  readonly #sockets = new Map<number, UdpClient>();
  readonly #timer: NodeJS.Timeout;
  #nextPort = 40_000;

  constructor(stack: Stack) {
    this.#stack = stack;
    this.#timer = setInterval(() => this.#takeAll(), 1);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** Sends a SYN. */
  connect(dst: string, dstPort: number): TcpClient {
    const client = new TcpClient(this.#nextPort++, dst, dstPort, (packet) => this.#send(packet));
    this.#clients.set(client.port, client);
    return client;
  }

  udp(): UdpClient {
    const socket = new UdpClient(this.#nextPort++, (packet) => this.#send(packet));
    this.#sockets.set(socket.port, socket);
    return socket;
  }

  #send(packet: Buffer): void {
    this.#stack.inject(packet);
  }

  #takeAll(): void {
    for (let packet = this.#stack.take(); packet !== null; packet = this.#stack.take()) {
      this.#receive(packet);
    }
  }

  #receive(packet: Buffer): void {
    const headerLength = (packet[0]! & 15) * 4;
    const body = packet.subarray(headerLength, packet.readUInt16BE(2));
    const protocol = packet[9];
    if (protocol === TCP) this.#clients.get(body.readUInt16BE(2))?.receive(body);
    if (protocol === UDP) {
      const source = packet.subarray(12, 16).join('.');
      this.#sockets.get(body.readUInt16BE(2))?.receive(body.subarray(8), source);
    }
    if (protocol === ICMP) {
      // The packet that caused it follows the eight bytes of ICMP: its source port is ours.
      const inner = body.subarray(8);
      const port = inner.readUInt16BE((inner[0]! & 15) * 4);
      const code = body[1]!;
      this.#clients.get(port)?.unreachable(code);
      this.#sockets.get(port)?.unreachable(code);
    }
  }
}

export class TcpClient {
  readonly port: number;
  readonly #dst: string;
  readonly #dstPort: number;
  readonly #send: (packet: Buffer) => void;
  readonly #outcome = Promise.withResolvers<ConnectOutcome>();
  readonly #ended = Promise.withResolvers<'fin' | 'reset'>();
  #sequence = 1000;
  #acknowledged = 0;
  #vanished = false;
  #received = Buffer.alloc(0);
  #onData: (() => void) | null = null;

  constructor(port: number, dst: string, dstPort: number, send: (packet: Buffer) => void) {
    this.port = port;
    this.#dst = dst;
    this.#dstPort = dstPort;
    this.#send = send;
    this.#segment(SYN);
    this.#sequence += 1;
  }

  /** How the handshake came out. Pending for as long as nothing comes back. */
  get outcome(): Promise<ConnectOutcome> {
    return this.#outcome.promise;
  }

  /** How the far end ended the connection. */
  get ended(): Promise<'fin' | 'reset'> {
    return this.#ended.promise;
  }

  write(bytes: string | Buffer): void {
    const data = Buffer.from(bytes);
    this.#segment(ACK | PSH, data);
    this.#sequence += data.length;
  }

  end(): void {
    this.#segment(ACK | FIN);
    this.#sequence += 1;
  }

  /** The program is gone: from now on the system answers for it with resets (RFC 9293, 3.10.7.1). */
  vanish(): void {
    this.#vanished = true;
  }

  reset(): void {
    this.#segment(RST | ACK);
  }

  /** What came so far, once it has at least this many bytes. */
  async read(size: number): Promise<string> {
    while (this.#received.length < size) {
      await new Promise<void>((resolve) => {
        this.#onData = resolve;
      });
    }
    return this.#received.toString();
  }

  unreachable(code: number): void {
    this.#outcome.resolve(`icmp ${code}`);
  }

  receive(segment: Buffer): void {
    const flags = segment[13]!;
    const sequence = segment.readUInt32BE(4);
    if (this.#vanished) {
      this.#sequence = segment.readUInt32BE(8);
      this.#segment(RST);
      return;
    }
    if ((flags & RST) !== 0) {
      this.#outcome.resolve('reset');
      this.#ended.resolve('reset');
      return;
    }
    if ((flags & SYN) !== 0) {
      this.#acknowledged = (sequence + 1) >>> 0;
      this.#segment(ACK);
      this.#outcome.resolve('connected');
      return;
    }
    const data = segment.subarray((segment[12]! >> 4) * 4);
    if (sequence !== this.#acknowledged) return;
    this.#received = Buffer.concat([this.#received, data]);
    const fin = (flags & FIN) !== 0;
    this.#acknowledged = (sequence + data.length + (fin ? 1 : 0)) >>> 0;
    if (data.length > 0 || fin) this.#segment(ACK);
    this.#onData?.();
    if (fin) this.#ended.resolve('fin');
  }

  #segment(flags: number, data = Buffer.alloc(0)): void {
    const header = Buffer.alloc(20);
    header.writeUInt16BE(this.port, 0);
    header.writeUInt16BE(this.#dstPort, 2);
    header.writeUInt32BE(this.#sequence, 4);
    header.writeUInt32BE(this.#acknowledged, 8);
    header[12] = 5 << 4;
    header[13] = flags;
    header.writeUInt16BE(65_535, 14);
    this.#send(ipPacket(TCP, this.#dst, Buffer.concat([header, data]), 16));
  }
}

export class UdpClient {
  readonly port: number;
  /** Where the latest datagram came from. */
  lastSource = '';
  readonly #send: (packet: Buffer) => void;
  readonly #answers: string[] = [];
  #onAnswer: (() => void) | null = null;

  constructor(port: number, send: (packet: Buffer) => void) {
    this.port = port;
    this.#send = send;
  }

  send(dst: string, dstPort: number, bytes: string | Buffer): void {
    const data = Buffer.from(bytes);
    const header = Buffer.alloc(8);
    header.writeUInt16BE(this.port, 0);
    header.writeUInt16BE(dstPort, 2);
    header.writeUInt16BE(8 + data.length, 4);
    this.#send(ipPacket(UDP, dst, Buffer.concat([header, data]), 6));
  }

  /** The next datagram's text, or `icmp CODE`. */
  async next(): Promise<string> {
    while (this.#answers.length === 0) {
      await new Promise<void>((resolve) => {
        this.#onAnswer = resolve;
      });
    }
    return this.#answers.shift()!;
  }

  receive(data: Buffer, source: string): void {
    this.lastSource = source;
    this.#answers.push(data.toString());
    this.#onAnswer?.();
  }

  unreachable(code: number): void {
    this.#answers.push(`icmp ${code}`);
    this.#onAnswer?.();
  }
}

/** An IPv4 packet from the machine, with the checksum of `body` put in at `checksumAt`. */
function ipPacket(protocol: number, dst: string, body: Buffer, checksumAt: number): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(20 + body.length, 2);
  header[8] = 64;
  header[9] = protocol;
  writeAddress(header, 12, MACHINE);
  writeAddress(header, 16, dst);
  header.writeUInt16BE(checksum(header), 10);
  const pseudo = Buffer.alloc(4);
  pseudo[1] = protocol;
  pseudo.writeUInt16BE(body.length, 2);
  body.writeUInt16BE(checksum(Buffer.concat([header.subarray(12, 20), pseudo, body])), checksumAt);
  return Buffer.concat([header, body]);
}

function writeAddress(into: Buffer, offset: number, address: string): void {
  address.split('.').forEach((part, n) => into.writeUInt8(Number(part), offset + n));
}

/** RFC 1071. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let n = 0; n < bytes.length; n += 2) sum += ((bytes[n] ?? 0) << 8) | (bytes[n + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
