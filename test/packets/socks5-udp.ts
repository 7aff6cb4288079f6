/** The header before each datagram to and from a SOCKS5 UDP relay (RFC 1928 section 7). Pure. */
import { toEndpoint } from '../../core/upstream/endpoint.ts';
import type { Endpoint } from '../../core/upstream/endpoint.ts';
import { lengthOfAddress, readAddress, relayedDatagram } from '../../core/upstream/socks5-wire.ts';

export interface UdpDatagram {
  /** Where it came from; a relay may give a name. */
  readonly source: Endpoint;
  /** A view of the datagram's bytes. */
  readonly payload: Buffer;
}

/** RSV (2), FRAG, then ATYP. */
const ADDRESS_AT = 3;

/** RSV, FRAG 0, and the target: what goes before the payload. */
export function udpHeader(target: Endpoint): Buffer {
  return relayedDatagram(new Uint8Array(0), target);
}

/** Null where the datagram is to be dropped: malformed, or a fragment, which hardly anyone sends. */
export function parseUdpDatagram(bytes: Buffer): UdpDatagram | null {
  const [reserved1, reserved2, fragment, type, first] = bytes;
  if (type === undefined || first === undefined) return null;
  if (reserved1 !== 0 || reserved2 !== 0 || fragment !== 0) return null;
  const length = lengthOfAddress(type, first);
  if (length === null || bytes.length < ADDRESS_AT + length) return null;
  const address = readAddress(bytes.subarray(ADDRESS_AT, ADDRESS_AT + length));
  // On the wire a name is ASCII already.
  if (!/^[!-~]+$/.test(address.host)) return null;
  const source = toEndpoint(address);
  return source === null ? null : { source, payload: bytes.subarray(ADDRESS_AT + length) };
}
