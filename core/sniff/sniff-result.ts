/** What the first bytes of a flow say about its destination. */
import { normalizeDomain } from '../../rules/domain.ts';

export type SniffProtocol = 'tls' | 'http' | 'quic';

export interface SniffedName {
  /** As rules compare it: lower-case ASCII without a trailing dot. */
  readonly domain: string;
  readonly protocol: SniffProtocol;
  /**
   * The ClientHello has an encrypted one inside, or pretends to (browsers always do): where it is
   * true, `domain` is the name of whoever serves the destination, not of the destination itself.
   */
  readonly ech: boolean;
}

export type SniffResult =
  /** Nothing is certain yet: more bytes are needed. */
  | { readonly kind: 'need-more' }
  | ({ readonly kind: 'domain' } & SniffedName)
  /** Another protocol, no name in it, or nothing sensible: more bytes will not help. */
  | { readonly kind: 'none' };

/** Bytes after which a flow without a name has none. */
export const SNIFF_LIMIT = 16 * 1024;

export const NEED_MORE: SniffResult = { kind: 'need-more' };
export const NONE: SniffResult = { kind: 'none' };

/** A name as it stood on the wire, where only ASCII is allowed; an address is no name. */
export function domainResult(wireName: string, protocol: SniffProtocol, ech = false): SniffResult {
  const domain = /^[\x21-\x7e]+$/.test(wireName) ? normalizeDomain(wireName) : null;
  return domain === null ? NONE : { kind: 'domain', domain, protocol, ech };
}
