/**
 * IP addresses and prefixes as numbers. An IPv4-mapped IPv6 address (RFC 4291 section 2.5.5.2) is
 * the IPv4 address: both spellings give the same value, so that rules never see the difference.
 */
import type { Parsed } from './parsed.ts';
import { quote } from './text.ts';

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

/** The last `length` bits of an address; those before them are 0. */
export interface IpSuffix {
  readonly ip: Ip;
  /** 1 to 32, or to 128. */
  readonly length: number;
}

const DOT = 0x2e;
const COLON = 0x3a;
const ZERO = 0x30;

/** An IP literal without brackets, scope or surrounding space; null where the text is none. */
export function parseIp(text: string): Ip | null {
  const four = parseIp4(text, 0);
  if (four !== null) return ip4(four);
  const words = parseIp6(text);
  return words === null ? null : unmapped(words);
}

/** CIDR notation: `10.0.0.0/8`, `2001:db8::/32`. Bits beyond the length are dropped, as in mihomo. */
export function parsePrefix(text: string): Parsed<IpPrefix> {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const four = parseIp4(address, 0);
  const words = four === null ? parseIp6(address) : null;
  if (four === null && words === null) {
    return { ok: false, reason: `${quote(address)} is not an IP address` };
  }
  const bits = words === null ? 32 : 128;
  if (slash < 0) {
    return { ok: false, reason: `the prefix length is missing: write ${address}/${bits}` };
  }
  const digits = text.slice(slash + 1);
  const length = Number(digits);
  if (!/^(0|[1-9][0-9]{0,2})$/.test(digits) || length > bits) {
    return { ok: false, reason: `${quote(digits)} is not a prefix length from 0 to ${bits}` };
  }
  if (words === null) return { ok: true, value: prefixOf(ip4(four ?? 0), length) };
  const ip = unmapped(words);
  if (ip.family === 4 && length >= 96) return { ok: true, value: prefixOf(ip, length - 96) };
  return { ok: true, value: prefixOf(words, length) };
}

/** Dotted decimal, or the canonical text of RFC 5952 section 4. */
export function formatIp(ip: Ip): string {
  if (ip.family === 4) {
    return `${ip.w0 >>> 24}.${(ip.w0 >>> 16) & 255}.${(ip.w0 >>> 8) & 255}.${ip.w0 & 255}`;
  }
  const groups = [ip.w0, ip.w1, ip.w2, ip.w3].flatMap((word) => [word >>> 16, word & 0xffff]);
  const gap = longestZeroRun(groups);
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  if (gap.length < 2) return hex(groups);
  return `${hex(groups.slice(0, gap.start))}::${hex(groups.slice(gap.start + gap.length))}`;
}

/** `192.0.2.1:443`, `[2001:db8::1]:443` (RFC 3986 section 3.2); `host` may be a name, too. */
export function formatEndpoint(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Of an address as `formatIp` writes it. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

export function formatPrefix(prefix: IpPrefix): string {
  return `${formatIp(prefix.ip)}/${prefix.length}`;
}

export function prefixContains(prefix: IpPrefix, ip: Ip): boolean {
  const own = prefix.ip;
  return (
    own.family === ip.family &&
    (ip.w0 & wordMask(prefix.length, 0)) === own.w0 &&
    (ip.w1 & wordMask(prefix.length, 1)) === own.w1 &&
    (ip.w2 & wordMask(prefix.length, 2)) === own.w2 &&
    (ip.w3 & wordMask(prefix.length, 3)) === own.w3
  );
}

/** `8.8.8.8/24` as IP-SUFFIX reads it: addresses that end in `.8.8.8`. */
export function parseSuffix(text: string): Parsed<IpSuffix> {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const ip = parseIp(address);
  if (ip === null) return { ok: false, reason: `${quote(address)} is not an IP address` };
  const bits = ip.family === 4 ? 32 : 128;
  const digits = text.slice(slash + 1);
  const length = Number(digits);
  if (slash < 0 || !/^[1-9][0-9]{0,2}$/.test(digits) || length > bits) {
    const form = `write how many of its last bits count, as in ${quote(`${address}/${bits / 4}`)}`;
    return { ok: false, reason: `${quote(text)} has no length from 1 to ${bits}: ${form}` };
  }
  const cut = bits - length;
  const kept = (word: number, index: number): number => word & ~wordMask(cut, index);
  const four = { family: 4, w0: kept(ip.w0, 0), w1: 0, w2: 0, w3: 0 } as const;
  const six = { ...ip, w0: kept(ip.w0, 0), w1: kept(ip.w1, 1), w2: kept(ip.w2, 2) };
  return {
    ok: true,
    value: { ip: ip.family === 4 ? four : { ...six, w3: kept(ip.w3, 3) }, length },
  };
}

export function suffixMatches(suffix: IpSuffix, ip: Ip): boolean {
  const own = suffix.ip;
  if (own.family !== ip.family) return false;
  const cut = (ip.family === 4 ? 32 : 128) - suffix.length;
  if ((ip.w0 & ~wordMask(cut, 0)) !== own.w0) return false;
  if (ip.family === 4) return true;
  return (
    (ip.w1 & ~wordMask(cut, 1)) === own.w1 &&
    (ip.w2 & ~wordMask(cut, 2)) === own.w2 &&
    (ip.w3 & ~wordMask(cut, 3)) === own.w3
  );
}

/** The address with its bits in reverse: a suffix of one is a prefix of the other. */
export function reversedIp(ip: Ip): Ip {
  if (ip.family === 4) return ip4(reverseBits(ip.w0));
  return {
    family: 6,
    w0: reverseBits(ip.w3),
    w1: reverseBits(ip.w2),
    w2: reverseBits(ip.w1),
    w3: reverseBits(ip.w0),
  };
}

/**
 * What `GEOIP,lan` means, as in mihomo: private (RFC 1918, RFC 4193), unspecified, loopback,
 * multicast and link-local addresses.
 */
export function isLanIp(ip: Ip): boolean {
  if (ip.family === 4) {
    const first = ip.w0 >>> 24;
    const second = (ip.w0 >>> 16) & 255;
    if (first === 10 || first === 127 || ip.w0 === 0) return true;
    if (first >= 224 && first <= 239) return true;
    if (first === 172) return second >= 16 && second <= 31;
    if (first === 192) return second === 168;
    return first === 169 && second === 254;
  }
  const first = ip.w0 >>> 16;
  if ((first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80 || first >>> 8 === 0xff)
    return true;
  return ip.w0 === 0 && ip.w1 === 0 && ip.w2 === 0 && (ip.w3 === 0 || ip.w3 === 1);
}

/** The mask of a prefix length for word 0 to 3. */
export function wordMask(length: number, word: number): number {
  const bits = Math.min(Math.max(length - 32 * word, 0), 32);
  // A shift by 32 is a shift by 0.
  return bits === 0 ? 0 : -1 << (32 - bits);
}

function prefixOf(ip: Ip, length: number): IpPrefix {
  return {
    ip: {
      family: ip.family,
      w0: ip.w0 & wordMask(length, 0),
      w1: ip.w1 & wordMask(length, 1),
      w2: ip.w2 & wordMask(length, 2),
      w3: ip.w3 & wordMask(length, 3),
    },
    length,
  };
}

function reverseBits(word: number): number {
  let bits = word;
  bits = ((bits >>> 1) & 0x55555555) | ((bits & 0x55555555) << 1);
  bits = ((bits >>> 2) & 0x33333333) | ((bits & 0x33333333) << 2);
  bits = ((bits >>> 4) & 0x0f0f0f0f) | ((bits & 0x0f0f0f0f) << 4);
  bits = ((bits >>> 8) & 0x00ff00ff) | ((bits & 0x00ff00ff) << 8);
  return (bits >>> 16) | (bits << 16);
}

function ip4(word: number): Ip {
  return { family: 4, w0: word, w1: 0, w2: 0, w3: 0 };
}

function unmapped(ip: Ip): Ip {
  return ip.w0 === 0 && ip.w1 === 0 && ip.w2 === 0xffff ? ip4(ip.w3) : ip;
}

/** Four decimal numbers without leading zeros, from `start` to the end. */
function parseIp4(text: string, start: number): number | null {
  let word = 0;
  let at = start;
  for (let part = 0; part < 4; part++) {
    if (part > 0 && text.charCodeAt(at++) !== DOT) return null;
    const first = at;
    let value = 0;
    for (let digit; (digit = text.charCodeAt(at) - ZERO) >= 0 && digit <= 9; at++) {
      value = value * 10 + digit;
      if (value > 255 || (at > first && text.charCodeAt(first) === ZERO)) return null;
    }
    if (at === first) return null;
    word = (word << 8) | value;
  }
  return at === text.length ? word : null;
}

/** RFC 4291 section 2.2, all three forms. An IPv4-mapped address comes back as it is written. */
function parseIp6(text: string): Ip | null {
  const groups: number[] = [];
  /** Where `::` stands among the groups. */
  let gap = -1;
  let at = 0;
  if (text.startsWith('::')) {
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    const first = at;
    let value = 0;
    for (let digit; at < first + 4 && (digit = hexDigit(text.charCodeAt(at))) >= 0; at++) {
      value = (value << 4) | digit;
    }
    if (text.charCodeAt(at) === DOT) {
      const four = parseIp4(text, first);
      if (four === null) return null;
      groups.push(four >>> 16, four & 0xffff);
      break;
    }
    if (at === first) return null;
    groups.push(value);
    if (at === text.length) break;
    if (groups.length > 7 || text.charCodeAt(at++) !== COLON) return null;
    if (text.charCodeAt(at) === COLON) {
      if (gap >= 0) return null;
      gap = groups.length;
      at++;
    } else if (at === text.length) {
      return null;
    }
  }
  if (gap < 0 ? groups.length !== 8 : groups.length > 7) return null;
  if (gap >= 0) groups.splice(gap, 0, ...Array<number>(8 - groups.length).fill(0));
  const word = (index: number): number =>
    ((groups[2 * index] ?? 0) << 16) | (groups[2 * index + 1] ?? 0);
  return { family: 6, w0: word(0), w1: word(1), w2: word(2), w3: word(3) };
}

function hexDigit(code: number): number {
  if (code >= ZERO && code <= 0x39) return code - ZERO;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** The first of the longest (RFC 5952 sections 4.2.2 and 4.2.3). */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  let start = 0;
  groups.forEach((group, index) => {
    if (group !== 0) start = index + 1;
    else if (index + 1 - start > best.length) best = { start, length: index + 1 - start };
  });
  return best;
}
