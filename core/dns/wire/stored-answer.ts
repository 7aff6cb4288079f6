/**
 * A reply of another server as it is kept and given out again: the bytes as received, in which id,
 * flags, question and TTLs are overwritten for each asker. Nothing is parsed or built again. It owns
 * its bytes.
 */
import { FLAG, HEADER_SIZE, OPT_SIZE, UDP_SIZE_PLAIN } from './constants.ts';
import { sizeLimit, truncatedReply, writeOpt } from './local-reply.ts';
import type { Asker } from './local-reply.ts';
import type { Reply } from './reply.ts';

/** Seconds for which others may keep what we know to be old (RFC 8767 section 4). */
const STALE_TTL = 30;
/** Instead of an age: the TTLs are those of a stale answer. */
const STALE = -1;

export class StoredAnswer {
  readonly rcode: number;
  readonly isNegative: boolean;
  readonly addresses: readonly string[];
  /** Milliseconds on the clock of `performance.now`, which never jumps. */
  readonly storedAt: number;
  readonly expiresAt: number;
  /** What it occupies, roughly. */
  readonly size: number;
  /** Without OPT, and with it: one memory. */
  readonly #bare: Buffer;
  readonly #full: Buffer;
  readonly #ttlOffsets: readonly number[];
  readonly #ttls: readonly number[];
  readonly #additionalCount: number;
  readonly #flags: number;
  /** Seconds that the TTLs in the bytes are older than the received ones. */
  #writtenAge = 0;

  constructor(message: Buffer, reply: Reply, now: number) {
    const { end } = reply;
    this.#full = Buffer.allocUnsafeSlow(end + OPT_SIZE);
    message.copy(this.#full, 0, 0, end);
    writeOpt(this.#full, end, reply.rcode, false);
    this.#bare = this.#full.subarray(0, end);
    this.rcode = reply.rcode;
    this.isNegative = reply.isNegative;
    this.addresses = reply.addresses;
    this.storedAt = now;
    this.expiresAt = now + reply.ttl * 1000;
    this.#ttlOffsets = reply.ttlOffsets;
    this.#ttls = reply.ttlOffsets.map((offset) => message.readUInt32BE(offset));
    this.#additionalCount = reply.additionalCount;
    this.#flags = message.readUInt16BE(2);
    this.size = end + 256 + 16 * reply.ttlOffsets.length;
  }

  /**
   * The reply for an asker whose question has this name and type, at the time `now`. The bytes are
   * ours: they are the asker's until this is called again.
   */
  answer(asker: Asker, isDatagram: boolean, now: number, isStale = false): Buffer {
    const reply = asker.hasEdns ? this.#full : this.#bare;
    if (isDatagram && reply.length > UDP_SIZE_PLAIN && reply.length > sizeLimit(asker)) {
      return truncatedReply(asker, this.rcode);
    }
    this.#writeAge(isStale ? STALE : Math.floor((now - this.storedAt) / 1000));
    const { message, questionEnd, id } = asker;
    const flags = this.#flagsFor(asker);
    reply[0] = id >> 8;
    reply[1] = id;
    reply[2] = flags >> 8;
    reply[3] = flags;
    const additional = this.#additionalCount + (asker.hasEdns ? 1 : 0);
    reply[10] = additional >> 8;
    reply[11] = additional;
    // In the asker's own case: some compare it, to recognise forged replies.
    for (let at = HEADER_SIZE; at < questionEnd; at++) reply[at] = message[at] ?? 0;
    if (asker.hasEdns) reply[reply.length - 4] = asker.wantsDnssec ? 0x80 : 0;
    return reply;
  }

  /** The bytes as they were given out last, without OPT; they stay ours. */
  peek(): Buffer {
    this.#bare.writeUInt16BE(this.#additionalCount, 10);
    return this.#bare;
  }

  #flagsFor(asker: Asker): number {
    const kept = this.#flags & ~(FLAG.RD | FLAG.CD | FLAG.AD | FLAG.AA);
    // AD is for those who ask for it (RFC 6840 section 5.8).
    const wantsAd = asker.wantsDnssec || (asker.flags & FLAG.AD) !== 0;
    const ad = wantsAd ? this.#flags & FLAG.AD : 0;
    return kept | ad | FLAG.RA | (asker.flags & (FLAG.RD | FLAG.CD));
  }

  #writeAge(age: number): void {
    if (age === this.#writtenAge) return;
    this.#writtenAge = age;
    const full = this.#full;
    for (let index = 0; index < this.#ttlOffsets.length; index++) {
      const ttl = this.#ttls[index] ?? 0;
      const left = age === STALE ? Math.min(ttl, STALE_TTL) : Math.max(ttl - age, 0);
      full.writeUInt32BE(left, this.#ttlOffsets[index] ?? 0);
    }
  }
}
