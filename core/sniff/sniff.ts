/** Finds the domain a TCP flow is meant for in the first bytes its application sends. */
import { sniffHttp } from './http.ts';
import type { SniffProtocol, SniffResult } from './sniff-result.ts';
import { NEED_MORE, NONE, SNIFF_LIMIT } from './sniff-result.ts';
import { sniffTls } from './tls.ts';

/**
 * `bytes` are all that the application has sent so far, from the first; it keeps no state and no
 * reference to them, and never throws. At `SNIFF_LIMIT` bytes the answer is final.
 */
export function sniff(bytes: Uint8Array, protocols: readonly SniffProtocol[]): SniffResult {
  const result = sniffFirstBytes(bytes, protocols);
  return result.kind === 'need-more' && bytes.length >= SNIFF_LIMIT ? NONE : result;
}

function sniffFirstBytes(bytes: Uint8Array, protocols: readonly SniffProtocol[]): SniffResult {
  const [first] = bytes;
  if (first === undefined) return NEED_MORE;
  const tlsHandshakeRecord = 22;
  if (first === tlsHandshakeRecord) return protocols.includes('tls') ? sniffTls(bytes) : NONE;
  return protocols.includes('http') ? sniffHttp(bytes) : NONE;
}
