/** Bytes that are not a DNS message. The text says what is wrong, as the end of a sentence. */
export class WireError extends Error {
  override readonly name = 'WireError';
}
