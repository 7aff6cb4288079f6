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

/** The self test asks for random names below it. A private name (ICANN): no server of the internet knows it. */
export const DOCTOR_NAME = 'doctor.sluice.internal';
/**
 * Where it calls, too. Nobody is there, and no router passes it on, so that a call that misses the
 * tunnel ends at the next one: the dummy address of RFC 7600, and the discard prefix of RFC 6666.
 */
export const DOCTOR_ADDRESS = { 4: '192.0.0.8', 6: '100::8' } as const;
const DOCTOR: SpecialAnswer = {
  rcode: RCODE.NOERROR,
  addresses: Object.values(DOCTOR_ADDRESS),
};

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
    case 'internal':
      // What only we can know shows the self test that a query has come to us.
      return isBelow(name, DOCTOR_NAME) ? DOCTOR : null;
    default:
      return null;
  }
}

function isBelow(name: string, parent: string): boolean {
  return name === parent || (name.endsWith(parent) && name.at(-parent.length - 1) === '.');
}
