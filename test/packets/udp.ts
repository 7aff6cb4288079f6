/** UDP datagrams (RFC 768). */
import assert from 'node:assert/strict';
import { buildIp, type IpPacket, UDP } from './ip.ts';
import type { Endpoints } from './tcp.ts';

export interface Datagram extends Endpoints {
  readonly data: Buffer;
}

export function buildUdp({ src, srcPort, dst, dstPort, data }: Datagram): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt16BE(srcPort, 0);
  header.writeUInt16BE(dstPort, 2);
  header.writeUInt16BE(8 + data.length, 4);
  return buildIp(src, dst, UDP, Buffer.concat([header, data]), 6);
}

export function parseUdp({ src, dst, body }: IpPacket): Datagram {
  assert.equal(body.readUInt16BE(4), body.length, 'UDP length');
  return {
    src,
    srcPort: body.readUInt16BE(0),
    dst,
    dstPort: body.readUInt16BE(2),
    data: body.subarray(8),
  };
}
