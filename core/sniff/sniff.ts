/** Finds the domain a TCP flow is meant for in the first bytes its application sends. */
import { sniffHttp } from './http.ts';
import type { SniffResult } from './sniff-result.ts';
import { NEED_MORE, NONE } from './sniff-result.ts';
import { sniffTls } from './tls.ts';

export type { SniffResult } from './sniff-result.ts';

/** Bytes after which a flow without a name has none. */
export const SNIFF_LIMIT = 16 * 1024;

/**
 * `bytes` are all that the application has sent so far, from the first; it keeps no state and no
 * reference to them, and never throws. At `SNIFF_LIMIT` bytes the answer is final.
 */
export function sniff(bytes: Uint8Array): SniffResult {
  const result = sniffFirstBytes(bytes);
  return result.kind === 'need-more' && bytes.length >= SNIFF_LIMIT ? NONE : result;
}

function sniffFirstBytes(bytes: Uint8Array): SniffResult {
  const [first] = bytes;
  if (first === undefined) return NEED_MORE;
  const tlsHandshakeRecord = 22;
  return first === tlsHandshakeRecord ? sniffTls(bytes, SNIFF_LIMIT) : sniffHttp(bytes);
}
