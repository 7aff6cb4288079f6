/**
 * The machine at the other side of a memory device: hands the stack's packets to the TCP clients
 * they are for, and keeps the rest. Every packet is parsed, so that a wrong length or checksum
 * fails the test wherever it shows. The link loses nothing.
 */
import { buildTcp, ACK, type Endpoints, parseTcp, RST, type TcpSegment } from './tcp.ts';
import { Defragmenter, isFragment } from './defragmenter.ts';
import { type IpPacket, parseIp, TCP } from './ip.ts';

export interface Link {
  inject(packet: Uint8Array): void;
  take(): Buffer | null;
}

export interface SegmentListener {
  hear(segment: TcpSegment): void;
}

/** Of no flow that a test opens: a segment from here is answered with a reset. */
const stranger: Endpoints = {
  src: '10.255.255.254',
  srcPort: 9,
  dst: '192.0.2.254',
  dstPort: 9,
};

export class Machine {
  readonly #link: Link;
  readonly #listeners = new Map<string, SegmentListener>();
  readonly #others: IpPacket[] = [];
  readonly #timer: NodeJS.Timeout;
  /** Every fragment that arrived; whole packets are made of them. */
  readonly fragments: Buffer[] = [];
  readonly #defragmenter = new Defragmenter();
  #onOther: (() => void) | null = null;
  #onBarrier: ((ack: number) => void) | null = null;
  #barriers = 1;

  constructor(link: Link) {
    this.#link = link;
    this.#timer = setInterval(() => this.#takeAll(), 1);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  send(packet: Buffer): void {
    this.#link.inject(packet);
  }

  /** From now on segments from the far end of `flow` go to `listener`. */
  listen(flow: Endpoints, listener: SegmentListener): void {
    this.#listeners.set(keyOf(flow.dst, flow.dstPort, flow.src, flow.srcPort), listener);
  }

  /** The oldest packet that was for nobody. */
  async next(): Promise<IpPacket> {
    while (this.#others.length === 0) {
      await new Promise<void>((resolve) => {
        this.#onOther = resolve;
      });
    }
    return this.#others.shift()!;
  }

  /** How many packets wait for `next`. */
  get waiting(): number {
    return this.#others.length;
  }

  /** Resolves when the stack has worked on all that was sent, and its answers have arrived. */
  async barrier(): Promise<void> {
    this.#barriers += 1;
    const mark = this.#barriers;
    this.send(buildTcp(stranger, { flags: ACK, seq: 0, ack: mark }));
    await new Promise<void>((resolve) => {
      this.#onBarrier = (ack) => {
        if (ack === mark) resolve();
      };
    });
    this.#takeAll();
  }

  #takeAll(): void {
    for (let packet = this.#link.take(); packet !== null; packet = this.#link.take()) {
      if (isFragment(packet)) this.fragments.push(packet);
      const whole = isFragment(packet) ? this.#defragmenter.take(packet) : packet;
      if (whole !== null) this.#receive(parseIp(whole));
    }
  }

  #receive(packet: IpPacket): void {
    if (packet.protocol === TCP) {
      const segment = parseTcp(packet);
      if (packet.src === stranger.dst && segment.flags === RST) {
        this.#onBarrier?.(segment.seq);
        return;
      }
      const key = keyOf(packet.src, segment.srcPort, packet.dst, segment.dstPort);
      const listener = this.#listeners.get(key);
      if (listener !== undefined) {
        listener.hear(segment);
        return;
      }
    }
    this.#others.push(packet);
    this.#onOther?.();
  }
}

function keyOf(src: string, srcPort: number, dst: string, dstPort: number): string {
  return `${src} ${srcPort} ${dst} ${dstPort}`;
}
