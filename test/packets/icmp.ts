/** ICMP (RFC 792, RFC 4443). */
import assert from 'node:assert/strict';
import { familyOf } from './address.ts';
import { buildIp, ICMP, ICMP6, type IpPacket } from './ip.ts';

export interface IcmpError {
  readonly code: number;
  /** The second word of the header: an MTU, or nothing. */
  readonly rest: number;
  /** The start of the packet that the error is about. */
  readonly quoted: Buffer;
}

export function parseUnreachable(packet: IpPacket): IcmpError {
  return parseError(packet, 3, 1);
}

export function parseTimeExceeded(packet: IpPacket): IcmpError {
  return parseError(packet, 11, 3);
}

function parseError({ protocol, body }: IpPacket, type4: number, type6: number): IcmpError {
  assert.ok(protocol === ICMP || protocol === ICMP6, `protocol ${protocol}`);
  assert.equal(body[0], protocol === ICMP ? type4 : type6, 'ICMP type');
  return { code: body[1]!, rest: body.readUInt32BE(4), quoted: body.subarray(8) };
}

export interface Echo {
  readonly src: string;
  readonly dst: string;
  readonly id: number;
  readonly seq: number;
  readonly data: Buffer;
}

export function buildEchoRequest({ src, dst, id, seq, data }: Echo): Buffer {
  const header = Buffer.from([familyOf(src) === 4 ? 8 : 128, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt16BE(id, 4);
  header.writeUInt16BE(seq, 6);
  const protocol = familyOf(src) === 4 ? ICMP : ICMP6;
  return buildIp(src, dst, protocol, Buffer.concat([header, data]), 2);
}

export function parseEchoReply({ protocol, src, dst, body }: IpPacket): Echo {
  assert.equal(body[0], protocol === ICMP ? 0 : 129, 'ICMP type');
  assert.equal(body[1], 0, 'ICMP code');
  const [id, seq] = [body.readUInt16BE(4), body.readUInt16BE(6)];
  return { src, dst, id, seq, data: body.subarray(8) };
}
