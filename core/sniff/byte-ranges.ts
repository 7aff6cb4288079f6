/** Puts the pieces of a stream together that arrive in any order, twice, or overlapping. */

/** Holes that are kept in mind; who makes more is not sending a message. */
const MAX_PIECES = 64;

export class ByteRanges {
  readonly #limit: number;
  #bytes: Buffer;
  /** What has arrived: [begin, end) in order, never touching each other. */
  #pieces: { begin: number; end: number }[] = [];

  /** Holds the first `limit` bytes of the stream. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#bytes = Buffer.alloc(Math.min(limit, 2048));
  }

  /** False where the piece lies beyond the limit, or in too many holes. */
  add(offset: number, data: Uint8Array): boolean {
    const piece = { begin: offset, end: offset + data.length };
    if (piece.end > this.#limit) return false;
    if (data.length === 0) return true;
    this.#grow(piece.end);
    this.#bytes.set(data, offset);
    const before = this.#pieces.filter(({ end }) => end < piece.begin);
    const after = this.#pieces.filter(({ begin }) => begin > piece.end);
    const touching = this.#pieces.slice(before.length, this.#pieces.length - after.length);
    const begin = Math.min(piece.begin, touching[0]?.begin ?? piece.begin);
    const end = Math.max(piece.end, touching.at(-1)?.end ?? piece.end);
    this.#pieces = [...before, { begin, end }, ...after];
    return this.#pieces.length <= MAX_PIECES;
  }

  /** What has arrived without a hole, from the first byte. A view. */
  get start(): Uint8Array {
    const [first] = this.#pieces;
    return this.#bytes.subarray(0, first?.begin === 0 ? first.end : 0);
  }

  #grow(size: number): void {
    if (size <= this.#bytes.length) return;
    const larger = Buffer.alloc(Math.min(this.#limit, Math.max(size, this.#bytes.length * 2)));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
