/** Names that are answered here, whatever is configured, because standards say so. Pure. */
import { RCODE, TYPE } from './wire/constants.ts';

export interface SpecialAnswer {
  readonly rcode: number;
  readonly addresses: readonly string[];
}

/** RFC 6761 section 6.3. */
const LOCALHOST: SpecialAnswer = { rcode: RCODE.NOERROR, addresses: ['127.0.0.1', '::1'] };
const NO_DATA: SpecialAnswer = { rcode: RCODE.NOERROR, addresses: [] };
const NO_NAME: SpecialAnswer = { rcode: RCODE.NXDOMAIN, addresses: [] };

/** Null for all but a few. `name` as in `Question`. */
export function specialAnswer(name: string, type: number): SpecialAnswer | null {
  switch (name.slice(name.lastIndexOf('.') + 1)) {
    case 'localhost':
      return type === TYPE.A || type === TYPE.AAAA ? LOCALHOST : NO_DATA;
    // RFC 6761 section 6.4.
    case 'invalid':
      return NO_NAME;
    case 'arpa':
      // RFC 9462 section 4: who asks for a better resolver is told that there is none.
      return isBelow(name, 'resolver.arpa') ? NO_DATA : null;
    case 'net':
      // Firefox asks whether it may look names up past the system, and so past the rules.
      return name === 'use-application-dns.net' ? NO_NAME : null;
    default:
      return null;
  }
}

function isBelow(name: string, parent: string): boolean {
  return name === parent || (name.endsWith(parent) && name.at(-parent.length - 1) === '.');
}
