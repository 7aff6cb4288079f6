/** TCP segments (RFC 9293 3.1). */
import { buildIp, type IpPacket, TCP } from './ip.ts';

export const FIN = 1;
export const SYN = 2;
export const RST = 4;
export const PSH = 8;
export const ACK = 16;

export interface Endpoints {
  readonly src: string;
  readonly srcPort: number;
  readonly dst: string;
  readonly dstPort: number;
}

export interface TcpFields {
  readonly flags: number;
  readonly seq: number;
  readonly ack?: number;
  readonly window?: number;
  /** Whole 32-bit words. */
  readonly options?: Buffer;
  readonly data?: Buffer;
}

export interface TcpSegment extends Required<TcpFields> {
  readonly srcPort: number;
  readonly dstPort: number;
}

/** Sequence numbers wrap around. */
export function seqAdd(seq: number, n: number): number {
  return (seq + n) >>> 0;
}

export function mssOption(mss: number): Buffer {
  return Buffer.from([2, 4, mss >> 8, mss & 255]);
}

/** Window scale (RFC 7323 2.2), padded. */
export function windowScaleOption(shift: number): Buffer {
  return Buffer.from([1, 3, 3, shift]);
}

export function buildTcp(flow: Endpoints, fields: TcpFields): Buffer {
  const options = fields.options ?? Buffer.alloc(0);
  const header = Buffer.alloc(20);
  header.writeUInt16BE(flow.srcPort, 0);
  header.writeUInt16BE(flow.dstPort, 2);
  header.writeUInt32BE(fields.seq, 4);
  header.writeUInt32BE(fields.ack ?? 0, 8);
  header[12] = (5 + options.length / 4) << 4;
  header[13] = fields.flags;
  header.writeUInt16BE(fields.window ?? 65535, 14);
  const body = Buffer.concat([header, options, fields.data ?? Buffer.alloc(0)]);
  return buildIp(flow.src, flow.dst, TCP, body, 16);
}

export function parseTcp({ body }: IpPacket): TcpSegment {
  const headerLength = (body[12]! >> 4) * 4;
  return {
    srcPort: body.readUInt16BE(0),
    dstPort: body.readUInt16BE(2),
    seq: body.readUInt32BE(4),
    ack: body.readUInt32BE(8),
    flags: body[13]!,
    window: body.readUInt16BE(14),
    options: body.subarray(20, headerLength),
    data: body.subarray(headerLength),
  };
}
