/**
 * An application's TCP connection, in whole segments and under the test's control: it acknowledges
 * what it hears (unless told not to), and sends nothing twice by itself. RFC 9293.
 */
import type { Machine } from './machine.ts';
import {
  ACK,
  buildTcp,
  type Endpoints,
  FIN,
  mssOption,
  PSH,
  RST,
  seqAdd,
  SYN,
  type TcpFields,
  type TcpSegment,
  windowScaleOption,
} from './tcp.ts';

export interface ClientOptions {
  /** Initial sequence number. */
  readonly isn?: number;
  readonly mss?: number;
  readonly windowScale?: number;
  /** The window it advertises, before scaling. */
  readonly window?: number;
}

const WINDOW_SCALE = 3;

export class TcpClient {
  readonly flow: Endpoints;
  /** Everything heard, oldest first. */
  readonly heard: TcpSegment[] = [];
  /** What it sends next, and what it expects next. */
  seq: number;
  expected = 0;
  /** As advertised, before scaling. */
  window: number;
  acknowledges = true;
  readonly #machine: Machine;
  readonly #options: ClientOptions;
  readonly #mss: number;
  readonly #received: Buffer[] = [];
  #receivedBytes = 0;
  #waiting = new Set<() => void>();
  #acknowledged = 0;
  #peerWindow = 0;
  #peerScale = 0;
  #connected = false;
  #ended: 'fin' | 'reset' | null = null;

  constructor(machine: Machine, flow: Endpoints, options: ClientOptions = {}) {
    this.#machine = machine;
    this.flow = flow;
    this.#options = options;
    this.#mss = options.mss ?? 1460;
    this.seq = options.isn ?? 1000;
    this.window = options.window ?? 65_535;
    machine.listen(flow, this);
  }

  /** Sends a segment with these fields instead of what would be sent now. */
  segment(fields: Partial<TcpFields>): void {
    const now = { flags: ACK, seq: this.seq, ack: this.expected, window: this.window };
    this.#machine.send(buildTcp(this.flow, { ...now, ...fields }));
  }

  /** Sends a SYN; again, if it was sent before. */
  syn(): void {
    const isn = this.#options.isn ?? 1000;
    const scale = this.#options.windowScale;
    const options = Buffer.concat([
      mssOption(this.#mss),
      scale === undefined ? Buffer.alloc(0) : windowScaleOption(scale),
    ]);
    this.seq = seqAdd(isn, 1);
    this.#acknowledged = this.seq;
    this.segment({ flags: SYN, seq: isn, ack: 0, options });
  }

  /** Sends a SYN and resolves when the handshake is done. */
  async connect(): Promise<void> {
    this.syn();
    await this.until(() => this.#connected);
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** Sends bytes at once, whatever the window says. */
  send(data: Buffer | string): void {
    const bytes = Buffer.from(data);
    for (let at = 0; at < bytes.length; at += this.#mss) {
      const part = bytes.subarray(at, at + this.#mss);
      this.segment({ flags: ACK | PSH, data: part });
      this.seq = seqAdd(this.seq, part.length);
    }
  }

  /** Sends bytes as the window lets them; resolves when all are acknowledged. */
  async sendAll(data: Buffer): Promise<void> {
    let at = 0;
    while (at < data.length) {
      await this.until(() => this.#room() >= Math.min(this.#mss, data.length - at));
      const size = Math.min(this.#room(), this.#mss, data.length - at);
      this.send(data.subarray(at, at + size));
      at += size;
    }
    await this.until(() => this.#acknowledged === this.seq);
  }

  /** How many more bytes the far end's window takes. */
  #room(): number {
    return this.#peerWindow - ((this.seq - this.#acknowledged) >>> 0);
  }

  /** The window that the far end advertised last, in bytes. */
  get peerWindow(): number {
    return this.#peerWindow;
  }

  fin(): void {
    this.segment({ flags: ACK | FIN });
    this.seq = seqAdd(this.seq, 1);
  }

  reset(): void {
    this.segment({ flags: RST | ACK });
  }

  /** Bytes in order so far. */
  get received(): Buffer {
    return Buffer.concat(this.#received);
  }

  /** The bytes so far, once there are at least this many. */
  async read(size: number): Promise<Buffer> {
    await this.until(() => this.#receivedBytes >= size);
    return this.received;
  }

  /** How the far end ended the connection. */
  async ended(): Promise<'fin' | 'reset'> {
    await this.until(() => this.#ended !== null);
    return this.#ended!;
  }

  /** Resolves when `holds`; asked whenever a segment was heard. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        this.#waiting.add(resolve);
      });
    }
  }

  /** The first segment heard from index `from` on that `matches`. */
  async hears(matches: (segment: TcpSegment) => boolean, from = 0): Promise<TcpSegment> {
    await this.until(() => this.heard.slice(from).some(matches));
    return this.heard.slice(from).find(matches)!;
  }

  hear(segment: TcpSegment): void {
    this.heard.push(segment);
    this.#process(segment);
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const resolve of waiting) resolve();
  }

  #process(segment: TcpSegment): void {
    const { flags } = segment;
    if ((flags & RST) !== 0) {
      this.#ended = 'reset';
      return;
    }
    this.#acknowledged = segment.ack;
    if ((flags & SYN) !== 0) {
      this.#peerScale = scaleOf(segment.options);
      this.#peerWindow = segment.window;
      this.expected = seqAdd(segment.seq, 1);
      if (!this.acknowledges) return;
      this.segment({});
      this.#connected = true;
      return;
    }
    this.#peerWindow = segment.window << this.#peerScale;
    const overlap = (this.expected - segment.seq) >>> 0;
    const size = segment.data.length + (flags & FIN);
    if (size === 0) return;
    if (overlap < size) {
      const data = segment.data.subarray(overlap);
      this.#received.push(data);
      this.#receivedBytes += data.length;
      if ((flags & FIN) !== 0) this.#ended = 'fin';
      if (this.acknowledges) this.expected = seqAdd(this.expected, size - overlap);
    }
    if (this.acknowledges) this.segment({});
  }
}

function scaleOf(options: Buffer): number {
  for (let at = 0; at < options.length;) {
    const kind = options[at]!;
    if (kind === WINDOW_SCALE) return options[at + 2]!;
    at += kind === 1 ? 1 : options[at + 1]!;
  }
  return 0;
}
