/** Whether a message is the reply to a query: the check that stands between us and forged answers. */
import { FLAG, HEADER_SIZE, RCODE } from '../wire/constants.ts';
import { readReply } from '../wire/reply.ts';
import { WireError } from '../wire/wire-error.ts';
import type { Answer, Query } from './server.ts';
import { ServerFailure } from './server.ts';

const REFUSALS: ReadonlyMap<number, string> = new Map([
  [RCODE.FORMERR, 'it did not understand the query'],
  [RCODE.SERVFAIL, 'it failed'],
  [RCODE.NOTIMP, 'it did not understand the query'],
  [RCODE.REFUSED, 'it refused to answer'],
]);

/** The reason in an RCODE that says nothing about the name; null: the answer is good. */
export function refusalOf(rcode: number): string | null {
  if (rcode === RCODE.NOERROR || rcode === RCODE.NXDOMAIN) return null;
  return REFUSALS.get(rcode) ?? `it answered with the code ${rcode}`;
}

/**
 * Header and question agree with the query: all that a sender who does not see the query has to
 * guess. What fails here may be from anybody, and the true answer may still come.
 */
export function isReplyTo(message: Buffer, query: Query, id: number): boolean {
  if (message.length < HEADER_SIZE || message.readUInt16BE(0) !== id) return false;
  const flags = message.readUInt16BE(2);
  if ((flags & FLAG.QR) === 0) return false;
  return message.readUInt16BE(4) === 1
    ? repeatsQuestion(message, query)
    : // Some leave the question out of an error (RFC 1035 does not forbid it).
      message.length === HEADER_SIZE && (flags & 0xf) !== RCODE.NOERROR;
}

export function isTruncated(message: Buffer): boolean {
  return (message.readUInt16BE(2) & FLAG.TC) !== 0;
}

/** Reads what passed `isReplyTo`. Throws `ServerFailure` where it is no whole, well-formed reply. */
export function readAnswer(message: Buffer, query: Query): Answer {
  if (message.length === HEADER_SIZE) {
    const reason = refusalOf(message.readUInt16BE(2) & 0xf) ?? 'a malformed answer';
    throw new ServerFailure('useless', reason);
  }
  try {
    return { message, reply: readReply(message, query.message, query.questionEnd) };
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new ServerFailure('useless', `a malformed answer: ${error.message}`);
  }
}

/** The case of the name may differ (RFC 4343). */
function repeatsQuestion(message: Buffer, query: Query): boolean {
  const { message: asked, questionEnd } = query;
  if (message.length < questionEnd) return false;
  for (let at = HEADER_SIZE; at < questionEnd; at++) {
    const difference = (message[at] ?? 0) ^ (asked[at] ?? 0);
    if (difference === 0) continue;
    const lower = (asked[at] ?? 0) | 0x20;
    const isLetter = lower >= 0x61 && lower <= 0x7a && at < questionEnd - 4;
    if (difference !== 0x20 || !isLetter) return false;
  }
  return true;
}
