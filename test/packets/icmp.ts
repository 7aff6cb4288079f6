/** ICMP destination unreachable (RFC 792, RFC 4443 3.1). */
import assert from 'node:assert/strict';
import { ICMP, type IpPacket } from './ip.ts';

export interface Unreachable {
  readonly code: number;
  /** The start of the packet that could not be delivered. */
  readonly quoted: Buffer;
}

export function parseUnreachable({ protocol, body }: IpPacket): Unreachable {
  assert.equal(body[0], protocol === ICMP ? 3 : 1, 'ICMP type');
  return { code: body[1]!, quoted: body.subarray(8) };
}
