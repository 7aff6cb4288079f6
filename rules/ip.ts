/**
 * IP addresses and prefixes as numbers. An IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2) is
 * the IPv4 address: both spellings give the same value, so that rules never see the difference.
 */

/**
 * Four 32-bit words, most significant first, each as a signed integer (what `|0` gives: V8 keeps
 * those unboxed). An IPv4 address is in `w0` and the rest is 0.
 */
export interface Ip {
  readonly family: 4 | 6;
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
}

/** The bits of `ip` beyond `length` are 0. */
export interface IpPrefix {
  readonly ip: Ip;
  /** 0 to 32, or to 128. */
  readonly length: number;
}
