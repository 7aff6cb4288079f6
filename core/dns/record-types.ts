/** Names of record types and response codes, as people write them. Pure. */
import { SluiceError } from '../api/errors.ts';

/** Of the IANA registry, those that are met. */
const TYPES: Readonly<Record<string, number>> = {
  ...{ A: 1, NS: 2, CNAME: 5, SOA: 6, NULL: 10, PTR: 12, HINFO: 13, MX: 15, TXT: 16, RP: 17 },
  ...{ AFSDB: 18, SIG: 24, KEY: 25, AAAA: 28, LOC: 29, SRV: 33, NAPTR: 35, KX: 36, CERT: 37 },
  ...{ DNAME: 39, OPT: 41, APL: 42, DS: 43, SSHFP: 44, IPSECKEY: 45, RRSIG: 46, NSEC: 47 },
  ...{ DNSKEY: 48, DHCID: 49, NSEC3: 50, NSEC3PARAM: 51, TLSA: 52, SMIMEA: 53, HIP: 55 },
  ...{ CDS: 59, CDNSKEY: 60, OPENPGPKEY: 61, CSYNC: 62, ZONEMD: 63, SVCB: 64, HTTPS: 65 },
  ...{ SPF: 99, IXFR: 251, AXFR: 252, ANY: 255, URI: 256, CAA: 257 },
};

const TYPE_NAMES = new Map(Object.entries(TYPES).map(([name, number]) => [number, name]));

const RCODE_NAMES: readonly string[] = [
  ...['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET'],
  ...['NXRRSET', 'NOTAUTH', 'NOTZONE'],
];

/** `TYPE65280` where it has no name (RFC 3597 section 5). */
export function typeName(type: number): string {
  return TYPE_NAMES.get(type) ?? `TYPE${type}`;
}

/** Throws `ERR_REQUEST_INVALID` where there is no such type. */
export function typeNumber(name: string): number {
  const upper = name.toUpperCase();
  const [, digits] = /^TYPE([0-9]{1,5})$/.exec(upper) ?? [];
  const number = digits === undefined ? TYPES[upper] : Number(digits);
  if (number !== undefined && number > 0 && number <= 0xffff) return number;
  throw new SluiceError(
    'ERR_REQUEST_INVALID',
    `"${name}" is no type of DNS records. Known are A, AAAA, HTTPS, MX, PTR, TXT and others, and TYPE with a number.`,
  );
}

export function rcodeNumber(name: string): number {
  if (name === 'BADVERS') return 16;
  const known = RCODE_NAMES.indexOf(name);
  return known >= 0 ? known : Number(/^RCODE([0-9]+)$/.exec(name)?.[1] ?? 2);
}

export function rcodeName(rcode: number): string {
  return rcode === 16 ? 'BADVERS' : (RCODE_NAMES[rcode] ?? `RCODE${rcode}`);
}
