/** Numbers of the DNS protocol, by the names that the IANA registries give them. */

/** RFC 1035 section 4.1.1. */
export const HEADER_SIZE = 12;

/** Bits of the second 16-bit word of the header (RFC 1035 section 4.1.1, RFC 4035 section 3). */
export const FLAG = {
  QR: 0x8000,
  AA: 0x0400,
  TC: 0x0200,
  RD: 0x0100,
  RA: 0x0080,
  AD: 0x0020,
  CD: 0x0010,
} as const;

export const OPCODE_MASK = 0x7800;

export const TYPE = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  AAAA: 28,
  SRV: 33,
  DNAME: 39,
  OPT: 41,
  SVCB: 64,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
} as const;

export const CLASS_IN = 1;

/** With the upper bits that EDNS adds (RFC 6891 section 6.1.3). */
export const RCODE = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  BADVERS: 16,
} as const;

/** An OPT record without options: root, type, size, extended RCODE and flags, no data (RFC 6891 section 6.1.2). */
export const OPT_SIZE = 11;

/**
 * What we take, and the most that we send, in one datagram: neither IPv4 nor IPv6 fragments it
 * (RFC 9715 section 3.2).
 */
export const UDP_SIZE = 1232;

/** What everybody takes (RFC 1035 section 4.2.1). */
export const UDP_SIZE_PLAIN = 512;
