/**
 * A reply that says: this name is another name, and that one's answer is so. Records move from one
 * message into another, so their names are written out in full; dns-packet does that.
 */
import { decode, encode } from 'dns-packet';
import type { Answer } from 'dns-packet';
import { HEADER_SIZE, OPT_SIZE, RCODE, TYPE } from './constants.ts';
import { localReply, sizeLimit, truncatedReply, writeOpt } from './local-reply.ts';
import type { Asker, LocalRecord } from './local-reply.ts';

/** `target` is the other name in wire form, `answer` the reply to the same question about it. */
export function aliasReply(
  asker: Asker,
  alias: { readonly target: Uint8Array; readonly ttl: number },
  answer: Buffer,
  isDatagram: boolean,
): Buffer {
  const cname: LocalRecord = { type: TYPE.CNAME, ttl: alias.ttl, data: alias.target };
  const rcode = answer.readUInt16BE(2) & 0xf;
  const start = localReply({ ...asker, hasEdns: false }, rcode, [cname]);
  const records = writtenOut(answer);
  if (records === null) return localReply(asker, RCODE.SERVFAIL);
  const reply = Buffer.concat([start, records, Buffer.alloc(asker.hasEdns ? OPT_SIZE : 0)]);
  reply.writeUInt16BE(1 + answer.readUInt16BE(6), 6);
  if (asker.hasEdns) {
    reply.writeUInt16BE(1, 10);
    writeOpt(reply, reply.length - OPT_SIZE, rcode, asker.wantsDnssec);
  }
  const limit = isDatagram ? sizeLimit(asker) : 0xffff;
  return reply.length > limit ? truncatedReply(asker, rcode) : reply;
}

/** The answer section without compression; null where dns-packet cannot read it. */
function writtenOut(message: Buffer): Buffer | null {
  try {
    const answers: Answer[] = decode(message).answers ?? [];
    return encode({ type: 'response', answers }).subarray(HEADER_SIZE);
  } catch {
    return null;
  }
}
