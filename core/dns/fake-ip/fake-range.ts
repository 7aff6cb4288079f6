/**
 * Which address a place of the pool has. Places count from 0; addresses are handed out in rising
 * order, without those that would be mistaken for something else.
 */
import { parsePrefix, prefixContains } from '../../../rules/ip.ts';
import type { Ip, IpPrefix } from '../../../rules/ip.ts';

/** Places beyond this would need more memory than a pool may take. */
const MOST_PLACES = 2 ** 24;
/** Addresses at both ends of a range that are left out: tunnels, ours too, take theirs from there. */
const EDGE = 4;

export interface FakeRange {
  readonly prefix: IpPrefix;
  /** How many places have an address. */
  readonly size: number;
  /** The address of a place below `size`, as its bytes. */
  write(place: number, bytes: Uint8Array): void;
  /** The place of an address within the prefix; -1 where it is none of the pool's. */
  placeOf(ip: Ip): number;
}

/** `taken` are prefixes whose addresses are somebody's: the tunnel's own. Throws TypeError on bad text. */
export function fakeRange(text: string, taken: readonly string[]): FakeRange {
  const prefix = prefixOf(text);
  const avoided = taken
    .filter((one) => one !== '')
    .map(prefixOf)
    .filter((one) => one.ip.family === prefix.ip.family && prefixContains(prefix, one.ip));
  return prefix.ip.family === 4 ? new FakeRange4(prefix, avoided) : new FakeRange6(prefix, avoided);
}

/** Addresses as numbers. Those that end in .0 and .255 look like networks and broadcasts to some. */
class FakeRange4 implements FakeRange {
  readonly prefix: IpPrefix;
  readonly size: number;
  readonly #gaps: Gaps;
  /** The first address, counting only those that do not end in .0 or .255. */
  readonly #first: number;

  constructor(prefix: IpPrefix, avoided: readonly IpPrefix[]) {
    this.prefix = prefix;
    const from = prefix.ip.w0 >>> 0;
    const to = from + 2 ** (32 - prefix.length);
    this.#first = plainBelow(from);
    const ranges = avoided.map(({ ip, length }): [number, number] => {
      const start = ip.w0 >>> 0;
      return [start, start + 2 ** (32 - length)];
    });
    ranges.push([from, from + EDGE], [to - EDGE, to]);
    this.#gaps = new Gaps(
      ranges.map(([a, b]) => [plainBelow(a) - this.#first, plainBelow(b) - this.#first]),
    );
    const room = plainBelow(to) - this.#first - this.#gaps.total;
    this.size = Math.min(Math.max(room, 0), MOST_PLACES);
  }

  write(place: number, bytes: Uint8Array): void {
    const index = this.#first + this.#gaps.skip(place);
    const address = Math.floor(index / 254) * 256 + (index % 254) + 1;
    bytes[0] = address >>> 24;
    bytes[1] = address >>> 16;
    bytes[2] = address >>> 8;
    bytes[3] = address;
  }

  placeOf(ip: Ip): number {
    const address = ip.w0 >>> 0;
    const last = address % 256;
    if (last === 0 || last === 255) return -1;
    const place = this.#gaps.unskip(plainBelow(address) - this.#first);
    return place < this.size ? place : -1;
  }
}

/** How many addresses below this one end neither in .0 nor in .255. */
function plainBelow(address: number): number {
  const last = address % 256;
  return Math.floor(address / 256) * 254 + Math.min(Math.max(last - 1, 0), 254);
}

/** Only the last 32 bits differ. */
class FakeRange6 implements FakeRange {
  readonly prefix: IpPrefix;
  readonly size: number;
  readonly #gaps: Gaps;

  constructor(prefix: IpPrefix, avoided: readonly IpPrefix[]) {
    this.prefix = prefix;
    const own = prefix.ip;
    const base = own.w3 >>> 0;
    const ranges = avoided
      .filter(({ ip }) => ip.w1 === own.w1 && ip.w2 === own.w2)
      .map(({ ip, length }): [number, number] => {
        const start = (ip.w3 >>> 0) - base;
        return [start, start + 2 ** Math.min(128 - length, 32)];
      });
    const all = 2 ** Math.min(128 - prefix.length, 32);
    this.#gaps = new Gaps([[0, EDGE], [all - EDGE, all], ...ranges]);
    this.size = Math.min(Math.max(all - this.#gaps.total, 0), MOST_PLACES);
  }

  write(place: number, bytes: Uint8Array): void {
    const { w0, w1, w2, w3 } = this.prefix.ip;
    const last = (w3 >>> 0) + this.#gaps.skip(place);
    [w0, w1, w2, last].forEach((word, index) => {
      bytes[4 * index] = word >>> 24;
      bytes[4 * index + 1] = word >>> 16;
      bytes[4 * index + 2] = word >>> 8;
      bytes[4 * index + 3] = word;
    });
  }

  placeOf(ip: Ip): number {
    const own = this.prefix.ip;
    if (ip.w0 !== own.w0 || ip.w1 !== own.w1 || ip.w2 !== own.w2) return -1;
    const place = this.#gaps.unskip((ip.w3 >>> 0) - (own.w3 >>> 0));
    return place < this.size ? place : -1;
  }
}

/** Ranges of numbers, each from its first to before its last, that are left out of a count. */
class Gaps {
  /** In rising order, not touching. */
  readonly #ranges: readonly (readonly [from: number, to: number])[];
  readonly total: number;

  constructor(ranges: readonly (readonly [number, number])[]) {
    const merged: [number, number][] = [];
    for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
      const last = merged.at(-1);
      if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
      else if (to > from) merged.push([from, to]);
    }
    this.#ranges = merged;
    this.total = merged.reduce((sum, [from, to]) => sum + to - from, 0);
  }

  /** The number at this position of the count. */
  skip(position: number): number {
    let number = position;
    for (const [from, to] of this.#ranges) {
      if (number < from) break;
      number += to - from;
    }
    return number;
  }

  /** The position of a number; -1 where it is left out. */
  unskip(number: number): number {
    let position = number;
    for (const [from, to] of this.#ranges) {
      if (number < from) break;
      if (number < to) return -1;
      position -= to - from;
    }
    return position;
  }
}

function prefixOf(text: string): IpPrefix {
  const parsed = parsePrefix(text);
  if (parsed.ok) return parsed.value;
  throw new TypeError(`${text} is no prefix: ${parsed.reason}`);
}
