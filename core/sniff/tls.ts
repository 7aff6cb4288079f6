/** The server name in the TLS records that begin a flow (RFC 8446 section 5.1). */
import { sniffClientHello } from './client-hello.ts';
import type { SniffResult } from './sniff-result.ts';
import { SNIFF_LIMIT } from './sniff-result.ts';

const HANDSHAKE = 22;
const LARGEST_RECORD = 16384;

export function sniffTls(bytes: Uint8Array): SniffResult {
  const { handshake, intact } = joinRecords(bytes);
  return sniffClientHello(handshake, intact, 'tls');
}

interface Joined {
  /** The last record's fragment perhaps in part. */
  readonly handshake: Uint8Array;
  /** False: something else than a handshake record follows, as it may after the message. */
  readonly intact: boolean;
}

/** type, legacy_record_version, length, fragment. */
function joinRecords(bytes: Uint8Array): Joined {
  const fragments: Uint8Array[] = [];
  let total = 0;
  let intact = true;
  for (let at = 0; at < bytes.length && total < SNIFF_LIMIT + 4;) {
    const [type, major, , high, low] = bytes.subarray(at, at + 5);
    intact = type === HANDSHAKE && (major === undefined || major === 3);
    if (!intact || high === undefined || low === undefined) break;
    const length = high * 256 + low;
    // A handshake fragment is never empty.
    intact = length > 0 && length <= LARGEST_RECORD;
    if (!intact) break;
    const fragment = bytes.subarray(at + 5, at + 5 + length);
    fragments.push(fragment);
    total += fragment.length;
    at += 5 + length;
  }
  const [only] = fragments;
  const handshake = fragments.length === 1 && only ? only : Buffer.concat(fragments);
  return { handshake, intact };
}
