/** The host of an HTTP/1 request (RFC 9112 section 3.2). */
import type { SniffResult } from './sniff-result.ts';
import { NEED_MORE, NONE, domainResult } from './sniff-result.ts';

/**
 * `bytes` is the beginning of a flow. A request in absolute or authority form is meant for a
 * proxy: its host is not where this flow goes, and is not reported.
 */
export function sniffHttp(bytes: Uint8Array): SniffResult {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  const lineEnd = text.indexOf('\n');
  if (lineEnd < 0) {
    // A request line so far: the method, then a target in origin or asterisk form.
    return /^[A-Z-]{1,32}($| ($|[/*][^\0]*$))/.test(text) ? NEED_MORE : NONE;
  }
  const requestLine = text.slice(0, lineEnd);
  if (!/^[A-Z-]{1,32} [/*][^ ]* HTTP\/1\.[01]\r?$/.test(requestLine)) return NONE;
  // The first of: the end of the header section, the Host field. RFC 9112 section 2.2 allows a bare LF.
  const found = /\n(?:(\r?\n)|host:([^\n]*)\n)/i.exec(text.slice(lineEnd));
  if (found === null) return NEED_MORE;
  const [, end, value] = found;
  if (end !== undefined || value === undefined) return NONE;
  // Host = uri-host [ ":" port ], with optional white space around it.
  return domainResult(value.trim().replace(/:[0-9]*$/, ''), 'http');
}
