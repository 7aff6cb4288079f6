/** Big-endian fields of a message, read in order and never beyond its end. */

/** A message ends before a field that it announces. */
export class OutOfBytes extends Error {}

/** Every read beyond the end throws `OutOfBytes`. Byte ranges are views, not copies. */
export class Fields {
  readonly #bytes: Uint8Array;
  #at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Bytes from the beginning to the next field. */
  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  uint(size: 1 | 2 | 3 | 4): number {
    let value = 0;
    for (const byte of this.take(size)) value = value * 256 + byte;
    return value;
  }

  /**
   * A variable-length integer of QUIC (RFC 9000 section 16). Those above 2^53 lose their last
   * bits, and are too large for whatever they count either way.
   */
  varint(): number {
    const first = this.uint(1);
    let value = first & 0x3f;
    for (let left = (1 << (first >> 6)) - 1; left > 0; left -= 1)
      value = value * 256 + this.uint(1);
    return value;
  }

  /** The next `length` bytes. */
  take(length: number): Uint8Array {
    if (length > this.left) throw new OutOfBytes();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** What follows its own length of `size` bytes (RFC 8446 section 3.4). */
  vector(size: 1 | 2): Fields {
    return new Fields(this.take(this.uint(size)));
  }

  rest(): Uint8Array {
    return this.take(this.left);
  }
}
