/** DNS messages for tests, made by dns-packet, and what it reads in ours. */
import { decode, encode } from 'dns-packet';
import type { Answer, DecodedPacket, RecordType } from 'dns-packet';

export interface QueryOptions {
  readonly id?: number;
  readonly flags?: number;
  /** EDNS with this payload size; null: none. */
  readonly udpSize?: number | null;
  readonly dnssecOk?: boolean;
}

const RECURSION_DESIRED = 0x0100;

export function query(name: string, type: string, options: QueryOptions = {}): Buffer {
  const { id = 0x1234, flags = RECURSION_DESIRED, udpSize = null, dnssecOk = false } = options;
  const opt: Answer = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: udpSize ?? 0,
    extendedRcode: 0,
    ednsVersion: 0,
    flags: dnssecOk ? 0x8000 : 0,
    flag_do: dnssecOk,
    options: [],
  };
  return encode({
    type: 'query',
    id,
    flags,
    questions: [{ name, type: type as RecordType, class: 'IN' }],
    additionals: udpSize === null ? [] : [opt],
  });
}

export interface ReplyOptions {
  readonly rcode?: number;
  readonly flags?: number;
  readonly answers?: readonly Answer[];
  readonly authorities?: readonly Answer[];
  readonly additionals?: readonly Answer[];
}

/** A server's reply to a query. */
export function reply(to: Buffer, options: ReplyOptions = {}): Buffer {
  const { questions = [] } = decode(to);
  return encode({
    type: 'response',
    id: to.readUInt16BE(0),
    flags: 0x0180 | (options.flags ?? 0) | (options.rcode ?? 0),
    questions,
    answers: [...(options.answers ?? [])],
    authorities: [...(options.authorities ?? [])],
    additionals: [...(options.additionals ?? [])],
  });
}

export function a(name: string, data: string, ttl = 300): Answer {
  return { type: 'A', name, data, ttl };
}

export function aaaa(name: string, data: string, ttl = 300): Answer {
  return { type: 'AAAA', name, data, ttl };
}

export function soa(name: string, minimum: number, ttl = 3600): Answer {
  const data = {
    mname: 'ns.test',
    rname: 'admin.test',
    serial: 1,
    refresh: 2,
    retry: 3,
    expire: 4,
  };
  return { type: 'SOA', name, ttl, data: { ...data, minimum } };
}

/** What dns-packet reads; its RCODE is missing in its types. */
export function read(message: Buffer): DecodedPacket & { readonly rcode: string } {
  return decode(message) as DecodedPacket & { rcode: string };
}

/** The data of the answer section, as far as it is text. */
export function answersOf(message: Buffer): string[] {
  return (read(message).answers ?? []).map((answer) =>
    'data' in answer && typeof answer.data === 'string' ? answer.data : answer.type,
  );
}
