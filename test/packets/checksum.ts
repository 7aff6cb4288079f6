/** The Internet checksum (RFC 1071) and its pseudo-headers (RFC 9293 3.1, RFC 8200 8.1). */

/** To be written in network order; zero over bytes that contain a right checksum. */
export function checksum(...parts: readonly Buffer[]): number {
  const bytes = Buffer.concat(parts);
  let sum = 0;
  for (let n = 0; n < bytes.length; n += 2) sum += ((bytes[n] ?? 0) << 8) | (bytes[n + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** `src` and `dst` as in the header; `length` is the transport header's and its payload's. */
export function pseudoHeader(src: Buffer, dst: Buffer, protocol: number, length: number): Buffer {
  const tail = Buffer.alloc(8);
  tail.writeUInt32BE(length, 0);
  tail.writeUInt32BE(protocol, 4);
  return Buffer.concat([src, dst, tail]);
}
