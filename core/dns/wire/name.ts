/**
 * Names on the wire (RFC 1035 sections 3.1 and 4.1.4) and as text. A compression pointer may only
 * lead backwards, to before the labels that led to it, so that every walk ends.
 */
import { WireError } from './wire-error.ts';

const LONGEST_NAME = 255;
const LONGEST_LABEL = 63;
/** As many as a name has labels; pointers to pointers would make every name of a message a long walk. */
const MAX_POINTERS = 127;

/** The offset behind the name at `at`. Throws `WireError` where it is malformed, wherever its pointers lead. */
export function checkName(message: Uint8Array, at: number): number {
  let end = -1;
  let start = at;
  let length = 1;
  let pointers = 0;
  for (let offset = at; ;) {
    const size = byteAt(message, offset);
    if (size === 0) return end < 0 ? offset + 1 : end;
    if (size <= LONGEST_LABEL) {
      length += size + 1;
      if (length > LONGEST_NAME) throw new WireError('a name is too long');
      offset += size + 1;
      continue;
    }
    if (size < 0xc0) throw new WireError('a label of an unknown kind');
    const target = ((size & 0x3f) << 8) | byteAt(message, offset + 1);
    pointers += 1;
    if (target >= start || pointers > MAX_POINTERS) {
      throw new WireError('a compression pointer that does not lead back');
    }
    if (end < 0) end = offset + 2;
    start = target;
    offset = target;
  }
}

/** The text of the name at `at`, as `Question` writes names. Throws `WireError`. */
export function readName(message: Uint8Array, at: number): string {
  checkName(message, at);
  let text = '';
  for (let offset = at; ;) {
    const size = byteAt(message, offset);
    if (size === 0) return text;
    if (size > LONGEST_LABEL) {
      offset = ((size & 0x3f) << 8) | byteAt(message, offset + 1);
      continue;
    }
    if (text !== '') text += '.';
    for (let index = offset + 1; index <= offset + size; index++) {
      text += textOf(byteAt(message, index));
    }
    offset += size + 1;
  }
}

/** The wire form of a text, uncompressed; null where it is no name. The final dot may be there. */
export function encodeName(text: string): Buffer | null {
  const labels: Buffer[] = [];
  let length = 1;
  const name = text.endsWith('.') && !text.endsWith('\\.') ? text.slice(0, -1) : text;
  for (const label of name === '' ? [] : name.split('.')) {
    const bytes = bytesOf(label);
    if (bytes === null || bytes.length === 0 || bytes.length > LONGEST_LABEL) return null;
    length += bytes.length + 1;
    labels.push(Buffer.of(bytes.length), bytes);
  }
  return length > LONGEST_NAME ? null : Buffer.concat([...labels, Buffer.of(0)]);
}

function textOf(byte: number): string {
  if (byte >= 0x41 && byte <= 0x5a) return String.fromCharCode(byte + 0x20);
  const isPlain = byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c;
  return isPlain ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`;
}

function bytesOf(label: string): Buffer | null {
  const bytes: number[] = [];
  for (let at = 0; at < label.length; at++) {
    const code = label.charCodeAt(at);
    if (code === 0x5c) {
      const digits = label.slice(at + 1, at + 4);
      if (!/^[0-9]{3}$/.test(digits) || Number(digits) > 255) return null;
      bytes.push(Number(digits));
      at += 3;
    } else if (code > 0x20 && code < 0x7f) bytes.push(code);
    else return null;
  }
  return Buffer.from(bytes);
}

function byteAt(message: Uint8Array, at: number): number {
  const byte = message[at];
  if (byte === undefined) throw new WireError('it is cut off');
  return byte;
}
