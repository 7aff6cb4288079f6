/** What the first bytes of a flow say about its destination. */
import { normalizeDomain } from '../../rules/domain.ts';

export type SniffProtocol = 'tls' | 'http';

export type SniffResult =
  /** Nothing is certain yet: more bytes are needed. */
  | { readonly kind: 'need-more' }
  /** `domain` as rules compare it: lower-case ASCII without a trailing dot. */
  | { readonly kind: 'domain'; readonly domain: string; readonly protocol: SniffProtocol }
  /** Another protocol, no name in it, or nothing sensible: more bytes will not help. */
  | { readonly kind: 'none' };

export const NEED_MORE: SniffResult = { kind: 'need-more' };
export const NONE: SniffResult = { kind: 'none' };

/** A name as it stood on the wire, where only ASCII is allowed; an address is no name. */
export function domainResult(wireName: string, protocol: SniffProtocol): SniffResult {
  const domain = /^[\x21-\x7e]+$/.test(wireName) ? normalizeDomain(wireName) : null;
  return domain === null ? NONE : { kind: 'domain', domain, protocol };
}
