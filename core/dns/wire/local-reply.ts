/** Replies of our own making: to whom, which RCODE, and records that are about the question's own name. */
import { FLAG, HEADER_SIZE, OPT_SIZE, TYPE, UDP_SIZE, UDP_SIZE_PLAIN } from './constants.ts';

/** Whom a reply is for, as his query says. */
export interface Asker {
  /** The query; only what is before `questionEnd` is looked at. */
  readonly message: Buffer;
  readonly id: number;
  readonly flags: number;
  /** 0: the question could not be read and is not repeated. */
  readonly questionEnd: number;
  readonly hasEdns: boolean;
  readonly wantsDnssec: boolean;
  /** The most that fits; a stream carries 65535. */
  readonly udpSize: number;
}

export interface LocalRecord {
  readonly type: number;
  /** Seconds. */
  readonly ttl: number;
  readonly data: Uint8Array;
}

const NO_RECORDS: readonly LocalRecord[] = [];
/** A pointer to the question's name. */
const RECORD_SIZE = 12;

/** A copy of what an asker is that outlives the call in which his query was read. */
export function copyAsker(asker: Asker): Asker {
  const { id, flags, questionEnd, hasEdns, wantsDnssec, udpSize } = asker;
  const message = Buffer.from(asker.message.subarray(0, Math.max(questionEnd, HEADER_SIZE)));
  return { message, id, flags, questionEnd, hasEdns, wantsDnssec, udpSize };
}

/** The most that a datagram to him may carry. */
export function sizeLimit(asker: Asker): number {
  return asker.hasEdns ? Math.min(asker.udpSize, UDP_SIZE) : UDP_SIZE_PLAIN;
}

/** `rcode` may need EDNS: an asker without it gets its lower bits. */
export function localReply(
  asker: Asker,
  rcode: number,
  records: readonly LocalRecord[] = NO_RECORDS,
): Buffer {
  let size = Math.max(asker.questionEnd, HEADER_SIZE) + (asker.hasEdns ? OPT_SIZE : 0);
  for (const { data } of records) size += RECORD_SIZE + data.length;
  const reply = Buffer.allocUnsafe(size);
  let at = writeStart(reply, asker, FLAG.RA | (records.length > 0 ? FLAG.AA : 0) | (rcode & 0xf));
  reply.writeUInt16BE(records.length, 6);
  for (const { type, ttl, data } of records) {
    reply.writeUInt16BE(0xc000 | HEADER_SIZE, at);
    reply.writeUInt16BE(type, at + 2);
    reply.writeUInt16BE(1, at + 4);
    reply.writeUInt32BE(ttl, at + 6);
    reply.writeUInt16BE(data.length, at + 10);
    reply.set(data, at + RECORD_SIZE);
    at += RECORD_SIZE + data.length;
  }
  if (asker.hasEdns) writeOpt(reply, at, rcode, asker.wantsDnssec);
  return reply;
}

/** Says that the answer does not fit a datagram: ask again over TCP. */
export function truncatedReply(asker: Asker, rcode: number): Buffer {
  const reply = localReply(asker, rcode);
  reply[2] = (reply[2] ?? 0) | (FLAG.TC >> 8);
  return reply;
}

/** OPT of a reply (RFC 6891 section 6.1.3). */
export function writeOpt(reply: Buffer, at: number, rcode: number, wantsDnssec: boolean): void {
  reply[at] = 0;
  reply.writeUInt16BE(TYPE.OPT, at + 1);
  reply.writeUInt16BE(UDP_SIZE, at + 3);
  reply[at + 5] = rcode >> 4;
  reply[at + 6] = 0;
  reply.writeUInt16BE(wantsDnssec ? 0x8000 : 0, at + 7);
  reply.writeUInt16BE(0, at + 9);
}

/** Header and question; the offset behind them. The answer count is left to the caller. */
function writeStart(reply: Buffer, asker: Asker, flags: number): number {
  const { message, questionEnd } = asker;
  const opcode = asker.flags & 0x7800;
  reply.writeUInt16BE(asker.id, 0);
  reply.writeUInt16BE(FLAG.QR | opcode | (asker.flags & (FLAG.RD | FLAG.CD)) | flags, 2);
  reply.writeUInt16BE(questionEnd > 0 ? 1 : 0, 4);
  reply.writeUInt16BE(0, 6);
  reply.writeUInt16BE(0, 8);
  reply.writeUInt16BE(asker.hasEdns ? 1 : 0, 10);
  if (questionEnd === 0) return HEADER_SIZE;
  message.copy(reply, HEADER_SIZE, HEADER_SIZE, questionEnd);
  return questionEnd;
}
