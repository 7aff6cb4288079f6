/**
 * One walk over a reply: is it well formed, is it the answer to what was asked, where are its
 * TTLs, how long may it be kept. What the walk does not need to know it leaves as it is, so that
 * record types of the future pass through untouched.
 */
import { formatIp } from '../../../rules/ip.ts';
import { CLASS_IN, FLAG, HEADER_SIZE, OPCODE_MASK, RCODE, TYPE } from './constants.ts';
import { checkName } from './name.ts';
import { WireError } from './wire-error.ts';

export interface Reply {
  /** With the bits of EDNS. */
  readonly rcode: number;
  /** Behind the question. */
  readonly questionEnd: number;
  /** Behind the last record that is kept: OPT, and whatever follows it, is between two hops only. */
  readonly end: number;
  /** Records of the additional section that are kept. */
  readonly additionalCount: number;
  /** Where the TTLs of the kept records are. */
  readonly ttlOffsets: readonly number[];
  /** Seconds for which it may be kept: the smallest TTL, or of a negative answer what RFC 2308 says; 0: not at all. */
  readonly ttl: number;
  /** Whether the name, or the type at the name, does not exist. */
  readonly isNegative: boolean;
  /** Addresses of the answer section, canonical, at most 64. */
  readonly addresses: readonly string[];
}

/** RFC 8767 section 4 for the upper end; what has its highest bit set counts as 0 (RFC 2181 section 8). */
const LONGEST_TTL = 7 * 86_400;
const LONGEST_NEGATIVE_TTL = 3 * 3600;
const MAX_ADDRESSES = 64;

/** Where a name stands in the data of the types whose names may be compressed (RFC 3597 section 4). */
const NAME_IN_DATA: ReadonlyMap<number, number> = new Map([
  [TYPE.NS, 0],
  [TYPE.CNAME, 0],
  [TYPE.SOA, 0],
  [TYPE.PTR, 0],
  [TYPE.MX, 2],
  [TYPE.SRV, 6],
  [TYPE.DNAME, 0],
]);

/** Throws `WireError` where it is malformed, or no answer to `query`'s question. */
export function readReply(message: Buffer, query: Buffer, queryQuestionEnd: number): Reply {
  if (message.length < HEADER_SIZE || message.length > 0xffff)
    throw new WireError('its size is wrong');
  const flags = message.readUInt16BE(2);
  if ((flags & FLAG.QR) === 0) throw new WireError('it is a query');
  if ((flags & OPCODE_MASK) !== 0) throw new WireError('it answers another kind of query');
  if ((flags & FLAG.TC) !== 0) throw new WireError('it is truncated');
  assertSameQuestion(message, query, queryQuestionEnd);
  const walk = new ReplyWalk(message, queryQuestionEnd, flags & 0xf);
  return walk.result();
}

/** The name may come back in another case (RFC 4343), everything else may not. */
function assertSameQuestion(message: Buffer, query: Buffer, end: number): void {
  if (message.readUInt16BE(4) !== 1 || message.length < end) {
    throw new WireError('it does not repeat the question');
  }
  for (let at = HEADER_SIZE; at < end; at++) {
    const got = message[at] ?? 0;
    const asked = query[at] ?? 0;
    if (got === asked) continue;
    const lower = got | 0x20;
    const isLetter = lower >= 0x61 && lower <= 0x7a && at < end - 4;
    if (!isLetter || lower !== (asked | 0x20)) throw new WireError('it answers another question');
  }
}

class ReplyWalk {
  readonly #message: Buffer;
  readonly #questionEnd: number;
  readonly #ttlOffsets: number[] = [];
  readonly #addresses: string[] = [];
  readonly #questionType: number;
  #rcode: number;
  #at: number;
  #minTtl = LONGEST_TTL;
  /** Of the SOA record that came with a negative answer; -1: none did. */
  #negativeTtl = -1;
  #answersType = false;

  constructor(message: Buffer, questionEnd: number, rcode: number) {
    this.#message = message;
    this.#questionEnd = questionEnd;
    this.#questionType = message.readUInt16BE(questionEnd - 4);
    this.#rcode = rcode;
    this.#at = questionEnd;
  }

  result(): Reply {
    const message = this.#message;
    const [answers, authorities] = [message.readUInt16BE(6), message.readUInt16BE(8)];
    for (let left = answers; left > 0; left--) this.#record('answer');
    for (let left = authorities; left > 0; left--) this.#record('authority');
    let additionalCount = 0;
    let end = this.#at;
    let kept = true;
    for (let left = message.readUInt16BE(10); left > 0; left--) {
      const isOpt = this.#record('additional', kept);
      kept &&= !isOpt;
      if (!kept) continue;
      additionalCount += 1;
      end = this.#at;
    }
    if (this.#at !== message.length) throw new WireError('something follows its last record');
    const isNegative =
      this.#rcode === RCODE.NXDOMAIN || (this.#rcode === RCODE.NOERROR && !this.#answersType);
    return {
      rcode: this.#rcode,
      questionEnd: this.#questionEnd,
      end,
      additionalCount,
      ttlOffsets: this.#ttlOffsets,
      ttl: this.#lifetime(isNegative),
      isNegative,
      addresses: this.#addresses,
    };
  }

  #lifetime(isNegative: boolean): number {
    if (!isNegative) return this.#rcode === RCODE.NOERROR ? this.#minTtl : 0;
    // Without a SOA record nobody says for how long (RFC 2308 section 5).
    if (this.#negativeTtl < 0) return 0;
    return Math.min(this.#minTtl, this.#negativeTtl, LONGEST_NEGATIVE_TTL);
  }

  /** Reads one record; whether it is OPT. */
  #record(section: 'answer' | 'authority' | 'additional', kept = true): boolean {
    const message = this.#message;
    const fixed = checkName(message, this.#at);
    if (fixed + 10 > message.length) throw new WireError('it is cut off');
    const type = message.readUInt16BE(fixed);
    const data = fixed + 10;
    const end = data + message.readUInt16BE(fixed + 8);
    if (end > message.length) throw new WireError('it is cut off');
    const isOpt = type === TYPE.OPT;
    if (isOpt && section !== 'additional') throw new WireError('OPT is in a wrong section');
    this.#at = end;
    if (isOpt && kept) this.#rcode |= (message[fixed + 4] ?? 0) << 4;
    if (isOpt || !kept) return isOpt;
    this.#ttlOffsets.push(fixed + 4);
    const ttl = message.readUInt32BE(fixed + 4);
    this.#minTtl = Math.min(this.#minTtl, ttl > 0x7fffffff ? 0 : ttl);
    this.#checkData(type, data, end);
    const isIn = message.readUInt16BE(fixed + 2) === CLASS_IN;
    if (section === 'answer') this.#answer(type, isIn, data, end);
    if (section === 'authority' && type === TYPE.SOA) {
      // The last field of its data is what negative answers are kept for.
      this.#negativeTtl = message.readUInt32BE(end - 4);
    }
    return false;
  }

  #answer(type: number, isIn: boolean, data: number, end: number): void {
    const any = 255;
    if (type === this.#questionType || this.#questionType === any) this.#answersType = true;
    const wanted = type === TYPE.A ? 4 : type === TYPE.AAAA ? 16 : 0;
    if (wanted === 0 || !isIn || this.#addresses.length >= MAX_ADDRESSES) return;
    this.#addresses.push(addressAt(this.#message, data, end));
  }

  #checkData(type: number, data: number, end: number): void {
    const message = this.#message;
    const size = end - data;
    if ((type === TYPE.A && size !== 4) || (type === TYPE.AAAA && size !== 16)) {
      throw new WireError('an address of a wrong size');
    }
    const at = NAME_IN_DATA.get(type);
    if (at === undefined) return;
    let nameEnd = checkName(message, data + at);
    if (type === TYPE.SOA) nameEnd = checkName(message, nameEnd) + 20;
    if (nameEnd !== end) throw new WireError('a record of a wrong size');
  }
}

/** The canonical text of the address in the data of an A or AAAA record. */
function addressAt(message: Buffer, data: number, end: number): string {
  if (end - data === 4) {
    return formatIp({ family: 4, w0: message.readInt32BE(data), w1: 0, w2: 0, w3: 0 });
  }
  return formatIp({
    family: 6,
    w0: message.readInt32BE(data),
    w1: message.readInt32BE(data + 4),
    w2: message.readInt32BE(data + 8),
    w3: message.readInt32BE(data + 12),
  });
}
