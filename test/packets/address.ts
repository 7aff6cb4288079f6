/** IP literals as the bytes of a header, and back. */
import assert from 'node:assert/strict';
import { isIPv4, isIPv6 } from 'node:net';

export type Family = 4 | 6;

/** 4 or 16 bytes, network order. */
export function addressBytes(text: string): Buffer {
  if (isIPv4(text)) return Buffer.from(text.split('.').map(Number));
  assert(isIPv6(text), `not an IP literal: ${text}`);
  const [head = '', tail] = text.split('::');
  const groups = (part: string | undefined): number[] =>
    part === undefined || part === '' ? [] : part.split(':').map((group) => parseInt(group, 16));
  const before = groups(head);
  const after = groups(tail);
  const zeros = Array<number>(8 - before.length - after.length).fill(0);
  const bytes = Buffer.alloc(16);
  [...before, ...zeros, ...after].forEach((group, n) => bytes.writeUInt16BE(group, n * 2));
  return bytes;
}

/** The canonical literal (RFC 5952 for IPv6). */
export function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: 8 }, (_, n) => bytes.readUInt16BE(n * 2).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

export function familyOf(text: string): Family {
  return isIPv4(text) ? 4 : 6;
}
