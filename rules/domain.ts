/** Domain names in the one spelling that rules compare: lower-case ASCII, no trailing dot. */
import { encodePunycode } from './punycode.ts';

export const LONGEST_NAME = 253;
const LONGEST_LABEL = 63;

/**
 * The comparable form of a host name, or null where it is none (RFC 1035 section 2.3.4 for the
 * lengths; `_` and stray hyphens are in use and allowed). IP literals are not names.
 * International names become their ASCII form: lower-cased, NFC, Punycode; that is the part of
 * UTS 46 that names which can be registered need.
 */
export function normalizeDomain(text: string): string | null {
  if (text.length > 4 * LONGEST_NAME) return null;
  let name = toAsciiDomain(text);
  if (name.endsWith('.')) name = name.slice(0, -1);
  if (name.length > LONGEST_NAME || !/^[a-z0-9_.-]+$/.test(name)) return null;
  const labels = name.split('.');
  if (labels.some((label) => label === '' || label.length > LONGEST_LABEL)) return null;
  // No top-level domain is a number; what ends in one is an IPv4 address, spelled well or badly.
  return /^[0-9]+$/.test(labels.at(-1) ?? '') ? null : name;
}

/** Lower-case, each label that is not ASCII in Punycode. Checks nothing. */
export function toAsciiDomain(text: string): string {
  if (isAscii(text)) return text.toLowerCase();
  return text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFC')
    .replace(/。/g, '.')
    .split('.')
    .map((label) => (isAscii(label) ? label : `xn--${encodePunycode(label)}`))
    .join('.');
}

function isAscii(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) > 0x7f) return false;
  }
  return true;
}
