/** Ranges of addresses as prefixes. Pure. */
import type { Ip, IpPrefix } from '../../rules/ip.ts';

/** The fewest prefixes that cover a range, in order; none where it is empty. Both ends are of one family. */
export function* prefixesOfRange(first: Ip, last: Ip): Generator<IpPrefix> {
  const bits = first.family === 4 ? 32 : 128;
  const end = numberOf(last);
  let at = numberOf(first);
  while (at <= end) {
    let length = bits;
    // As wide as the start is aligned to and the end allows.
    while (length > 0) {
      const size = 1n << BigInt(bits - length + 1);
      if (at % size !== 0n || at + size - 1n > end) break;
      length--;
    }
    yield { ip: ipOf(at, first.family), length };
    at += 1n << BigInt(bits - length);
  }
}

function numberOf({ family, w0, w1, w2, w3 }: Ip): bigint {
  const words = family === 4 ? [w0] : [w0, w1, w2, w3];
  return words.reduce((value, word) => (value << 32n) | BigInt(word >>> 0), 0n);
}

function ipOf(value: bigint, family: 4 | 6): Ip {
  const word = (index: number): number => Number((value >> BigInt(32 * index)) & 0xffffffffn) | 0;
  return family === 4
    ? { family, w0: word(0), w1: 0, w2: 0, w3: 0 }
    : { family, w0: word(3), w1: word(2), w2: word(1), w3: word(0) };
}
