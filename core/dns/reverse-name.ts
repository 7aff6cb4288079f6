/** The names that addresses have in reverse lookups (RFC 1035 section 3.5, RFC 3596 section 2.5). Pure. */
import { formatIp } from '../../rules/ip.ts';
import type { Ip } from '../../rules/ip.ts';

const SUFFIX4 = '.in-addr.arpa';
const SUFFIX6 = '.ip6.arpa';

/** The name in whose PTR record the name of an address is. */
export function reverseNameOf(ip: Ip): string {
  if (ip.family === 4) return `${formatIp(ip).split('.').reverse().join('.')}${SUFFIX4}`;
  const words = [ip.w0, ip.w1, ip.w2, ip.w3];
  const digits = words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  return `${digits.split('').reverse().join('.')}${SUFFIX6}`;
}

/** The address that a name stands for; null where it stands for none, or for a whole network. */
export function addressOfReverseName(name: string): string | null {
  if (name.endsWith(SUFFIX4)) {
    const parts = name.slice(0, -SUFFIX4.length).split('.');
    const isAddress =
      parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part));
    return isAddress ? parts.reverse().join('.') : null;
  }
  if (!name.endsWith(SUFFIX6)) return null;
  const digits = name.slice(0, -SUFFIX6.length).split('.').reverse();
  if (digits.length !== 32 || !digits.every((digit) => /^[0-9a-f]$/.test(digit))) return null;
  return digits.join('').replace(/.{4}(?!$)/g, '$&:');
}
