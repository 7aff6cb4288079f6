/** IPv4 (RFC 791 3.1) and IPv6 (RFC 8200 3) packets, without options or extension headers. */
import assert from 'node:assert/strict';
import { addressBytes, addressText, type Family, familyOf } from './address.ts';
import { checksum, pseudoHeader } from './checksum.ts';

export const ICMP = 1;
export const TCP = 6;
export const UDP = 17;
export const ICMP6 = 58;

export interface IpPacket {
  readonly family: Family;
  readonly src: string;
  readonly dst: string;
  readonly protocol: number;
  readonly body: Buffer;
}

/** A packet with the checksum of `body` put in at `checksumAt`, over the pseudo-header unless it is ICMP. */
export function buildIp(
  src: string,
  dst: string,
  protocol: number,
  body: Buffer,
  checksumAt: number,
): Buffer {
  const from = addressBytes(src);
  const to = addressBytes(dst);
  body.writeUInt16BE(0, checksumAt);
  const pseudo =
    protocol === ICMP ? Buffer.alloc(0) : pseudoHeader(from, to, protocol, body.length);
  body.writeUInt16BE(checksum(pseudo, body), checksumAt);
  return Buffer.concat([
    familyOf(src) === 4
      ? ipv4Header(from, to, protocol, body.length)
      : ipv6Header(from, to, protocol, body.length),
    body,
  ]);
}

/** A copy of a packet whose IP header `edit` has changed; the IPv4 checksum is made right again. */
export function editIp(packet: Buffer, edit: (header: Buffer) => void): Buffer {
  const copy = Buffer.from(packet);
  edit(copy);
  if (copy[0]! >> 4 === 4) {
    copy.writeUInt16BE(0, 10);
    copy.writeUInt16BE(checksum(copy.subarray(0, 20)), 10);
  }
  return copy;
}

/** A copy of a packet with this code point (RFC 2474 3). */
export function withDscp(packet: Buffer, dscp: number): Buffer {
  return editIp(packet, (header) => {
    if (header[0]! >> 4 === 4) header[1] = dscp << 2;
    else header.writeUInt16BE(0x6000 | (dscp << 6), 0);
  });
}

export function withHopLimit(packet: Buffer, hops: number): Buffer {
  return editIp(packet, (header) => {
    header[header[0]! >> 4 === 4 ? 8 : 7] = hops;
  });
}

/** Cuts a packet without options so that each fragment carries at most `size` bytes (a multiple of 8). */
export function fragment(packet: Buffer, size: number, id: number): Buffer[] {
  const v4 = packet[0]! >> 4 === 4;
  const header = packet.subarray(0, v4 ? 20 : 40);
  const body = packet.subarray(header.length);
  const fragments: Buffer[] = [];
  for (let at = 0; at < body.length; at += size) {
    const more = at + size < body.length;
    fragments.push(fragmentOf(header, body.subarray(at, at + size), at, more, id));
  }
  return fragments;
}

/** One fragment: `part` belongs at byte `at` of what follows the IP header. */
export function fragmentOf(
  header: Buffer,
  part: Buffer,
  at: number,
  more: boolean,
  id: number,
): Buffer {
  if (header[0]! >> 4 === 4) {
    return editIp(Buffer.concat([header, part]), (copy) => {
      copy.writeUInt16BE(20 + part.length, 2);
      copy.writeUInt16BE(id, 4);
      copy.writeUInt16BE((more ? 0x2000 : 0) | (at / 8), 6);
    });
  }
  const extension = Buffer.from([header[6]!, 0, 0, 0, 0, 0, 0, 0]);
  extension.writeUInt16BE(at | (more ? 1 : 0), 2);
  extension.writeUInt32BE(id, 4);
  return editIp(Buffer.concat([header, extension, part]), (copy) => {
    copy.writeUInt16BE(8 + part.length, 4);
    copy[6] = 44;
  });
}

function ipv4Header(src: Buffer, dst: Buffer, protocol: number, bodyLength: number): Buffer {
  const header = Buffer.alloc(20);
  header[0] = 0x45;
  header.writeUInt16BE(20 + bodyLength, 2);
  header[8] = 64;
  header[9] = protocol;
  src.copy(header, 12);
  dst.copy(header, 16);
  header.writeUInt16BE(checksum(header), 10);
  return header;
}

function ipv6Header(src: Buffer, dst: Buffer, protocol: number, bodyLength: number): Buffer {
  const header = Buffer.alloc(40);
  header[0] = 0x60;
  header.writeUInt16BE(bodyLength, 4);
  header[6] = protocol;
  header[7] = 64;
  src.copy(header, 8);
  dst.copy(header, 24);
  return header;
}

/** Fails on a packet whose lengths or checksums, the transport's included, are not right. */
export function parseIp(packet: Buffer): IpPacket {
  const version = packet[0]! >> 4;
  assert(version === 4 || version === 6, `IP version ${version}`);
  return version === 4 ? parseIpv4(packet) : parseIpv6(packet);
}

function parseIpv4(packet: Buffer): IpPacket {
  assert.equal(packet[0], 0x45, 'an IPv4 header without options');
  assert.equal(packet.readUInt16BE(2), packet.length, 'total length');
  assert.equal(checksum(packet.subarray(0, 20)), 0, 'header checksum');
  const src = packet.subarray(12, 16);
  const dst = packet.subarray(16, 20);
  return checked(4, src, dst, packet[9]!, packet.subarray(20));
}

function parseIpv6(packet: Buffer): IpPacket {
  assert.equal(packet.readUInt16BE(4), packet.length - 40, 'payload length');
  const src = packet.subarray(8, 24);
  const dst = packet.subarray(24, 40);
  return checked(6, src, dst, packet[6]!, packet.subarray(40));
}

function checked(
  family: Family,
  src: Buffer,
  dst: Buffer,
  protocol: number,
  body: Buffer,
): IpPacket {
  const pseudo =
    protocol === ICMP ? Buffer.alloc(0) : pseudoHeader(src, dst, protocol, body.length);
  assert.equal(checksum(pseudo, body), 0, `checksum of protocol ${protocol}`);
  return { family, src: addressText(src), dst: addressText(dst), protocol, body };
}
