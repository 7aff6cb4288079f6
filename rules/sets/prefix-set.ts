/**
 * The entries of a provider of behavior `ipcidr`. Prefixes nest or are apart, never overlap in
 * part: they are cut into stretches of addresses, each with the most specific entry that covers
 * it, and a lookup is one binary search among those that share the address's first 16 bits.
 */
import type { FlowFacts } from '../flow-facts.ts';
import { formatIp, formatPrefix, parseIp, parsePrefix, prefixContains } from '../ip.ts';
import type { Ip, IpPrefix } from '../ip.ts';
import type { AddressFlags } from '../rule.ts';
import type { RuleSet, SetEntry } from '../rule-set.ts';
import { sortInSteps, STEP } from '../pace.ts';
import type { Steps } from '../pace.ts';
import { NEED_IP, NO, YES } from '../verdict.ts';
import type { Verdict } from '../verdict.ts';

interface Entry {
  readonly prefix: IpPrefix;
  readonly line: number;
}

export class PrefixSetBuilder {
  readonly #four: Entry[] = [];
  readonly #six: Entry[] = [];

  get size(): number {
    return this.#four.length + this.#six.length;
  }

  /** CIDR notation, or one address. False where the text is neither. `line` is told by explanations. */
  add(entry: string, line: number): boolean {
    const prefix = prefixOf(entry);
    if (prefix === null) return false;
    (prefix.ip.family === 4 ? this.#four : this.#six).push({ prefix, line });
    return true;
  }

  *build(): Steps<PrefixSet> {
    const four = yield* cut(this.#four, 1);
    const six = yield* cut(this.#six, 4);
    return new PrefixSet(four, six, this.size);
  }
}

export class PrefixSet implements RuleSet {
  readonly behavior = 'ipcidr';
  readonly size: number;
  readonly #four: Stretches;
  readonly #six: Stretches;

  constructor(four: Stretches, six: Stretches, size: number) {
    this.#four = four;
    this.#six = six;
    this.size = size;
  }

  test(facts: FlowFacts, flags: AddressFlags): Verdict {
    const ip = flags.src ? facts.srcIp : facts.dstIp;
    if (ip === undefined) return flags.noResolve || this.size === 0 ? NO : NEED_IP;
    return ip !== null && this.hasIp(ip) ? YES : NO;
  }

  hasDomain(): boolean {
    return false;
  }

  hasIp(ip: Ip): boolean {
    return (ip.family === 4 ? this.#four : this.#six).find(ip) >= 0;
  }

  find(facts: FlowFacts, flags: AddressFlags): SetEntry | null {
    const ip = flags.src ? facts.srcIp : facts.dstIp;
    if (ip === undefined || ip === null) return null;
    const { prefix, line } = (ip.family === 4 ? this.#four : this.#six).entryOf(ip) ?? {};
    return prefix === undefined ? null : { line: line ?? 0, text: formatPrefix(prefix) };
  }
}

/** What the stretches of one family are made of. */
interface Cut {
  readonly words: number;
  /** The first address of each stretch, `words` numbers each, in rising order. */
  readonly starts: Uint32Array;
  /** Of the stretch at the same place: its entry, or -1 where nothing covers it. */
  readonly entryAt: Int32Array;
  /** By entry. */
  readonly lengths: Uint8Array;
  readonly lines: Int32Array;
}

function* cut(unsorted: Entry[], words: number): Steps<Stretches> {
  const entries = yield* sortInSteps(
    unsorted,
    (a, b) => compare(a.prefix.ip, b.prefix.ip) || a.prefix.length - b.prefix.length,
  );
  const starts: number[] = [];
  const entryAt: number[] = [];
  function begin(ip: Ip, entry: number): void {
    const own = wordsOf(ip);
    let isSame = starts.length > 0;
    for (let word = 0; word < words; word++) {
      if (starts[starts.length - words + word] !== own[word]) isSame = false;
    }
    // What begins at the same address replaces: it is the more specific, or comes after a gap.
    if (isSame) entryAt[entryAt.length - 1] = entry;
    else {
      for (let word = 0; word < words; word++) starts.push(own[word] ?? 0);
      entryAt.push(entry);
    }
  }
  begin(ZERO, -1);
  /** The entries around the current address, widest first. */
  const around: number[] = [];
  function leave(until: Ip | null): void {
    for (let top = around.at(-1); top !== undefined; top = around.at(-1)) {
      const prefix = entries[top]?.prefix;
      if (prefix === undefined || (until !== null && prefixContains(prefix, until))) return;
      around.pop();
      const after = nextAfter(prefix, words);
      if (after !== null) begin(after, around.at(-1) ?? -1);
    }
  }
  for (const [index, { prefix }] of entries.entries()) {
    if (index % STEP === 0) yield;
    leave(prefix.ip);
    const top = entries[around.at(-1) ?? -1]?.prefix;
    // The first of equal entries stays.
    if (top?.length === prefix.length) continue;
    begin(prefix.ip, index);
    around.push(index);
  }
  leave(null);
  return new Stretches({
    words,
    starts: Uint32Array.from(starts),
    entryAt: Int32Array.from(entryAt),
    lengths: Uint8Array.from(entries, ({ prefix }) => prefix.length),
    lines: Int32Array.from(entries, ({ line }) => line),
  });
}

/** Of one family. Addresses are compared word by word, as unsigned numbers. */
class Stretches {
  readonly #words: number;
  readonly #starts: Uint32Array;
  readonly #entryAt: Int32Array;
  readonly #lengths: Uint8Array;
  readonly #lines: Int32Array;
  /** For the first 16 bits of an address: the stretch that the first address with them is in. */
  readonly #bucket: Int32Array;

  constructor({ words, starts, entryAt, lengths, lines }: Cut) {
    this.#words = words;
    this.#starts = starts;
    this.#entryAt = entryAt;
    this.#lengths = lengths;
    this.#lines = lines;
    this.#bucket = this.#buckets(entryAt.length);
  }

  /** The entry that covers an address; -1 where none does. Allocates nothing. */
  find(ip: Ip): number {
    if (this.#bucket.length === 0) return this.#entryAt[0] ?? -1;
    const high = ip.w0 >>> 16;
    let first = this.#bucket[high] ?? 0;
    let last = this.#bucket[high + 1] ?? 0;
    while (first < last) {
      const middle = (first + last + 1) >> 1;
      if (this.#startsBeyond(middle, ip)) last = middle - 1;
      else first = middle;
    }
    return this.#entryAt[first] ?? -1;
  }

  entryOf(ip: Ip): Entry | null {
    const entry = this.find(ip);
    const length = this.#lengths[entry];
    if (length === undefined) return null;
    const prefix = parsePrefix(`${formatIp(ip)}/${length}`);
    return prefix.ok ? { prefix: prefix.value, line: this.#lines[entry] ?? 0 } : null;
  }

  #startsBeyond(stretch: number, ip: Ip): boolean {
    const starts = this.#starts;
    let at = stretch * this.#words;
    const first = starts[at] ?? 0;
    if (this.#words === 1 || first !== ip.w0 >>> 0) return first > ip.w0 >>> 0;
    const second = starts[++at] ?? 0;
    if (second !== ip.w1 >>> 0) return second > ip.w1 >>> 0;
    const third = starts[++at] ?? 0;
    if (third !== ip.w2 >>> 0) return third > ip.w2 >>> 0;
    return (starts[++at] ?? 0) > ip.w3 >>> 0;
  }

  #buckets(count: number): Int32Array {
    const buckets = new Int32Array(count === 1 ? 0 : 0x1_0001);
    let stretch = 0;
    for (let high = 0; high < buckets.length; high++) {
      const start = { ...ZERO, w0: high << 16 };
      while (high < 0x1_0000 && stretch + 1 < count && !this.#startsBeyond(stretch + 1, start)) {
        stretch++;
      }
      buckets[high] = high === 0x1_0000 ? count - 1 : stretch;
    }
    return buckets;
  }
}

const ZERO: Ip = { family: 4, w0: 0, w1: 0, w2: 0, w3: 0 };

function prefixOf(text: string): IpPrefix | null {
  const prefix = parsePrefix(text);
  if (prefix.ok) return prefix.value;
  const ip = parseIp(text);
  return ip === null ? null : { ip, length: ip.family === 4 ? 32 : 128 };
}

function wordsOf({ w0, w1, w2, w3 }: Ip): number[] {
  return [w0 >>> 0, w1 >>> 0, w2 >>> 0, w3 >>> 0];
}

function compare(a: Ip, b: Ip): number {
  return (
    (a.w0 >>> 0) - (b.w0 >>> 0) ||
    (a.w1 >>> 0) - (b.w1 >>> 0) ||
    (a.w2 >>> 0) - (b.w2 >>> 0) ||
    (a.w3 >>> 0) - (b.w3 >>> 0)
  );
}

/** The first address after a prefix; null after the last address of all. */
function nextAfter({ ip, length }: IpPrefix, words: number): Ip | null {
  const next = wordsOf(ip);
  if (length === 0) return null;
  let word = (length - 1) >> 5;
  let carry = 2 ** (31 - ((length - 1) & 31));
  for (; word >= 0; word--) {
    const sum = (next[word] ?? 0) + carry;
    next[word] = sum >>> 0;
    if (sum <= 0xffff_ffff) break;
    next[word] = sum - 0x1_0000_0000;
    carry = 1;
  }
  if (word < 0) return null;
  const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = next;
  const family = words === 1 ? 4 : 6;
  return { family, w0: w0 | 0, w1: w1 | 0, w2: w2 | 0, w3: w3 | 0 };
}
