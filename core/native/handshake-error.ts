/**
 * How a proxy handshake that the addon made has failed (src/net/handshake.h).
 */

/** In the order of `Handshake::Failure`, which counts from 1. */
const failures = ['garbage', 'no-method', 'auth', 'refused', 'too-long', 'ended'] as const;

export type HandshakeFailure = (typeof failures)[number];

export class HandshakeError extends Error {
  readonly failure: HandshakeFailure;
  /** `refused`: the SOCKS5 reply code (RFC 1928 section 6) or the HTTP status. */
  readonly value: number;

  constructor(failure: HandshakeFailure, value: number) {
    super(`proxy handshake failed: ${failure} ${value}`);
    this.name = 'HandshakeError';
    this.failure = failure;
    this.value = value;
  }
}

/** Null where `errno` is one of the system's. */
export function handshakeError(errno: number): HandshakeError | null {
  if (errno < 1 << 24) return null;
  const failure = failures[((errno >> 16) & 0xff) - 1] ?? 'garbage';
  return new HandshakeError(failure, errno & 0xffff);
}
