/**
 * Reads a query in place. One view serves one query after the other: this is the path of every
 * cached answer, and it allocates nothing until it is asked for the key. What outlives the call is copied by the caller.
 */
import {
  CLASS_IN,
  FLAG,
  HEADER_SIZE,
  OPCODE_MASK,
  RCODE,
  TYPE,
  UDP_SIZE_PLAIN,
} from './constants.ts';
import { checkName, readName } from './name.ts';
import { WireError } from './wire-error.ts';

const LONGEST_NAME = 255;
const LONGEST_LABEL = 63;
const SPACE = 0x20;
const DOT = 0x2e;
const BACKSLASH = 0x5c;
const NO_BYTES = Buffer.alloc(0);

/** What to do with a query: answer it, answer with this RCODE, or say nothing. */
export type Verdict = 'answer' | 'drop' | number;

export class QueryView {
  message: Buffer = NO_BYTES;
  id = 0;
  flags = 0;
  /** Behind the question; 0 where none could be read. */
  questionEnd = 0;
  type = 0;
  hasEdns = false;
  /** DO of RFC 3225: DNSSEC records are wanted. */
  wantsDnssec = false;
  /** The most that the client takes in a datagram. */
  udpSize = UDP_SIZE_PLAIN;

  /** The name as text, while it has no byte that would need an escape. */
  readonly #scratch = Buffer.alloc(LONGEST_NAME + 4);
  #textSize = 0;
  #isPlain = false;

  /** Reads `message`. Never throws: whatever is malformed is `FORMERR` or dropped. */
  read(message: Buffer): Verdict {
    this.message = message;
    this.questionEnd = 0;
    this.hasEdns = false;
    this.wantsDnssec = false;
    this.udpSize = UDP_SIZE_PLAIN;
    if (message.length < HEADER_SIZE) return 'drop';
    this.id = word(message, 0);
    this.flags = word(message, 2);
    // An answer to an answer could go round for ever.
    if ((this.flags & FLAG.QR) !== 0) return 'drop';
    if ((this.flags & OPCODE_MASK) !== 0) return RCODE.NOTIMP;
    if (word(message, 4) !== 1 || word(message, 6) !== 0 || word(message, 8) !== 0) {
      return RCODE.FORMERR;
    }
    const nameEnd = this.#readName(message);
    if (nameEnd === 0 || nameEnd + 4 > message.length) return RCODE.FORMERR;
    this.type = word(message, nameEnd);
    const questionClass = word(message, nameEnd + 2);
    this.questionEnd = nameEnd + 4;
    const verdict = this.#readAdditional(message, word(message, 10));
    if (verdict !== 'answer') return verdict;
    // Transfers, OPT and the like are no questions for a resolver (RFC 6895 section 3.1).
    const isMeta =
      this.type === 0 || this.type === TYPE.OPT || (this.type >= 249 && this.type < 255);
    if (questionClass !== CLASS_IN || isMeta) return RCODE.REFUSED;
    return 'answer';
  }

  /** See `Question`. Only after `read` said `answer`. */
  name(): string {
    return this.#isPlain
      ? this.#scratch.toString('latin1', 0, this.#textSize)
      : readName(this.message, HEADER_SIZE);
  }

  /** Name, type, and the bits that change an answer: equal keys have equal answers. */
  key(): string {
    const bits = (this.wantsDnssec ? 1 : 0) | (this.flags & FLAG.CD);
    if (!this.#isPlain) return keyOf(readName(this.message, HEADER_SIZE), this.type, bits);
    const scratch = this.#scratch;
    const at = this.#textSize;
    scratch[at] = SPACE;
    scratch[at + 1] = this.type >> 8;
    scratch[at + 2] = this.type & 0xff;
    scratch[at + 3] = bits;
    return scratch.toString('latin1', 0, at + 4);
  }

  /** Takes the name into the scratch. The offset behind it, or 0 where it is malformed. */
  #readName(message: Buffer): number {
    const scratch = this.#scratch;
    let plain = true;
    let at = HEADER_SIZE;
    for (;;) {
      const size = message[at];
      // The first name of a message has nothing to point to.
      if (size === undefined || size > LONGEST_LABEL) return 0;
      const end = at + 1 + size;
      if (end > message.length || end - HEADER_SIZE > LONGEST_NAME) return 0;
      // What stands for a length is a dot in the text, but for the first.
      const shift = HEADER_SIZE + 1;
      if (size === 0) {
        this.#textSize = Math.max(at - shift, 0);
        this.#isPlain = plain;
        return end;
      }
      if (at > HEADER_SIZE) scratch[at - shift] = DOT;
      for (at += 1; at < end; at++) {
        const byte = message[at] ?? 0;
        scratch[at - shift] = byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
        if (byte <= SPACE || byte >= 0x7f || byte === DOT || byte === BACKSLASH) plain = false;
      }
    }
  }

  /** RFC 6891 section 6.1: at most one OPT record, owned by the root. */
  #readAdditional(message: Buffer, count: number): Verdict {
    let at = this.questionEnd;
    for (let index = 0; index < count; index++) {
      const isRoot = message[at] === 0;
      const fixed = isRoot ? at + 1 : nameEnd(message, at);
      if (fixed < 0 || fixed + 10 > message.length) return RCODE.FORMERR;
      const end = fixed + 10 + word(message, fixed + 8);
      if (end > message.length) return RCODE.FORMERR;
      if (word(message, fixed) === TYPE.OPT) {
        if (!isRoot || this.hasEdns) return RCODE.FORMERR;
        this.hasEdns = true;
        this.udpSize = Math.max(word(message, fixed + 2), UDP_SIZE_PLAIN);
        this.wantsDnssec = ((message[fixed + 6] ?? 0) & 0x80) !== 0;
        if (message[fixed + 5] !== 0) return RCODE.BADVERS;
      }
      at = end;
    }
    // Counts that promise less than there is are as wrong as those that promise more.
    return at === message.length ? 'answer' : RCODE.FORMERR;
  }
}

/** What a key asks for, besides the name. */
export interface KeyParts {
  readonly type: number;
  readonly wantsDnssec: boolean;
  /** CD of RFC 4035: also what fails validation. */
  readonly checkingDisabled: boolean;
}

/** Of a key that `QueryView.key` has made. */
export function readKey(key: string): KeyParts {
  const bits = key.charCodeAt(key.length - 1);
  return {
    type: key.charCodeAt(key.length - 3) * 256 + key.charCodeAt(key.length - 2),
    wantsDnssec: (bits & 1) !== 0,
    checkingDisabled: (bits & FLAG.CD) !== 0,
  };
}

/** The keys of all questions for a name and a type. */
export function keysFor(name: string, type: number): string[] {
  return [0, 1, FLAG.CD, FLAG.CD | 1].map((bits) => keyOf(name, type, bits));
}

function keyOf(name: string, type: number, bits: number): string {
  return `${name} ${String.fromCharCode(type >> 8, type & 0xff, bits)}`;
}

function nameEnd(message: Buffer, at: number): number {
  try {
    return checkName(message, at);
  } catch (error) {
    if (error instanceof WireError) return -1;
    throw error;
  }
}

function word(message: Buffer, at: number): number {
  return ((message[at] ?? 0) << 8) | (message[at + 1] ?? 0);
}
