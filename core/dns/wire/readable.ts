/**
 * Records as people read them, for the live view and the command line. dns-packet does the
 * decoding: it is asked only for replies that `readReply` found well formed, or that are our own.
 */
import { decode } from 'dns-packet';
import type { Answer } from 'dns-packet';
import type { DnsRecordInfo } from '../../api/dns.ts';
import { typeName } from '../record-types.ts';
import { serviceText } from './service-text.ts';

const MAX_RECORDS = 200;
const LONGEST_DATA = 1000;

/** The answer section; empty where dns-packet cannot make sense of it. */
export function readableAnswers(message: Buffer): DnsRecordInfo[] {
  let answers: readonly Answer[];
  try {
    answers = decode(message).answers ?? [];
  } catch {
    return [];
  }
  return answers.slice(0, MAX_RECORDS).map((answer) => ({
    name: answer.name,
    type: nameOf(answer.type),
    ttl: 'ttl' in answer ? (answer.ttl ?? 0) : 0,
    data: dataOf(answer).slice(0, LONGEST_DATA),
  }));
}

/** dns-packet writes `UNKNOWN_65` for what it does not know. */
function nameOf(type: string): string {
  const [, digits] = /^UNKNOWN_([0-9]+)$/.exec(type) ?? [];
  return digits === undefined ? type : typeName(Number(digits));
}

/** As zone files write it (RFC 1035 section 5.1), and RFC 3597 section 5 for the unknown. */
function dataOf(answer: Answer): string {
  if (answer.type === 'OPT') return '';
  const data: unknown = answer.data;
  if (typeof data === 'string') return data;
  if (answer.type === 'TXT' && Array.isArray(data)) {
    return data.map((part) => JSON.stringify(String(part))).join(' ');
  }
  if (Buffer.isBuffer(data)) {
    const isService = /^UNKNOWN_6[45]$/.test(answer.type);
    const text = isService ? serviceText(data) : null;
    if (text !== null) return text;
    return `\\# ${data.length} ${data.toString('hex')}`;
  }
  if (typeof data !== 'object' || data === null) return '';
  return Object.values(data).map(fieldOf).join(' ');
}

function fieldOf(value: unknown): string {
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (Array.isArray(value)) return value.map(String).join(' ');
  return typeof value === 'string' || typeof value === 'number' ? `${value}` : '';
}
