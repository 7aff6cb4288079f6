/**
 * The entries of a provider of behavior `domain`, a million of them if need be: names (`a.com`),
 * names with all below them (`+.a.com`), what is below a name (`.a.com`), and `*` for one label.
 * About 50 bytes for each name. Which line an entry came from is kept, for explanations.
 */
import { normalizeDomain } from '../domain.ts';
import { DomainTrie } from '../domain-trie.ts';
import type { FlowFacts } from '../flow-facts.ts';
import type { Steps } from '../pace.ts';
import type { AddressFlags } from '../rule.ts';
import type { RuleSet, SetEntry } from '../rule-set.ts';
import { NEED_DOMAIN, NO, YES } from '../verdict.ts';
import type { Verdict } from '../verdict.ts';
import { NameTable, suffixes } from './name-table.ts';

/** What an entry covers, as bits: the name, all below it, one label below it. */
const SELF = 1;
const BELOW = 2;
const NEXT = 4;
/** What the first entry of a name covers stands this many bits further up. */
const FIRST = 4;

const prefixOf: Readonly<Record<number, string>> = {
  [SELF]: '',
  [BELOW]: '.',
  [SELF | BELOW]: '+.',
  [NEXT]: '*.',
};

/** Takes entries one by one, so that whoever reads a long list can let others run meanwhile. */
export class DomainSetBuilder {
  readonly #names: NameTable;
  #covers: Uint8Array;
  #lines: Int32Array;
  /** Of entries of the same name that cover different things: `number * 8 + covers`. */
  readonly #otherLines = new Map<number, number>();
  readonly #patterns = new DomainTrie<SetEntry>();
  #size = 0;

  /** `expected`: about how many entries there will be. */
  constructor(expected = 16) {
    this.#names = new NameTable(expected);
    this.#covers = new Uint8Array(expected);
    this.#lines = new Int32Array(expected);
  }

  get size(): number {
    return this.#size;
  }

  /** False where the text is no entry. `line` is told by explanations. */
  add(entry: string, line: number): boolean {
    let covers = SELF;
    let start = 0;
    if (entry.charCodeAt(1) === DOT) {
      const first = entry.charCodeAt(0);
      if (first === PLUS) covers = SELF | BELOW;
      else if (first === STAR) covers = NEXT;
      if (covers !== SELF) start = 2;
    } else if (entry.charCodeAt(0) === DOT) {
      covers = BELOW;
      start = 1;
    }
    const text = start === 0 ? entry : entry.slice(start);
    const name = isPlainName(text) ? text : normalizeDomain(text);
    if (name === null) return this.#addPattern(entry, line);
    const number = this.#names.add(name);
    if (number >= this.#covers.length) this.#grow();
    const before = this.#covers[number] ?? 0;
    if (before === 0) this.#lines[number] = line;
    else if ((before | covers) !== before) this.#otherLines.set(number * 8 + covers, line);
    this.#covers[number] = before | covers | (before === 0 ? covers << FIRST : 0);
    this.#size++;
    return true;
  }

  *build(): Steps<DomainSet> {
    yield* this.#names.trim();
    const { count } = this.#names;
    return new DomainSet({
      names: this.#names,
      covers: this.#covers.slice(0, count),
      lines: this.#lines.slice(0, count),
      otherLines: this.#otherLines,
      patterns: this.#patterns,
      size: this.#size,
    });
  }

  #addPattern(entry: string, line: number): boolean {
    if (!entry.includes('*') || !this.#patterns.set(entry, { line, text: entry })) return false;
    this.#size++;
    return true;
  }

  #grow(): void {
    const covers = new Uint8Array(this.#covers.length * 2 + 16);
    covers.set(this.#covers);
    this.#covers = covers;
    const lines = new Int32Array(covers.length);
    lines.set(this.#lines);
    this.#lines = lines;
  }
}

interface Parts {
  readonly names: NameTable;
  readonly covers: Uint8Array;
  readonly lines: Int32Array;
  readonly otherLines: ReadonlyMap<number, number>;
  readonly patterns: DomainTrie<SetEntry>;
  readonly size: number;
}

export class DomainSet implements RuleSet {
  readonly behavior = 'domain';
  readonly size: number;
  readonly #parts: Parts;
  readonly #names: NameTable;
  readonly #covers: Uint8Array;
  readonly #patterns: DomainTrie<SetEntry> | null;

  constructor(parts: Parts) {
    this.size = parts.size;
    this.#parts = parts;
    this.#names = parts.names;
    this.#covers = parts.covers;
    this.#patterns = parts.patterns.size === 0 ? null : parts.patterns;
  }

  /** What is allocated for the entries, without patterns that have `*` in the middle. */
  get bytes(): number {
    const { names, covers, lines } = this.#parts;
    return names.bytes + covers.byteLength + lines.byteLength;
  }

  test({ domain }: FlowFacts): Verdict {
    if (domain === undefined) return NEED_DOMAIN;
    return domain !== null && this.hasDomain(domain) ? YES : NO;
  }

  /** Allocates nothing unless there are entries with `*` in the middle. */
  hasDomain(domain: string): boolean {
    if (this.#numberOf(domain) >= 0) return true;
    return this.#patterns?.find(domain) !== undefined;
  }

  hasIp(): boolean {
    return false;
  }

  find({ domain }: FlowFacts, _flags?: AddressFlags): SetEntry | null {
    if (typeof domain !== 'string') return null;
    const number = this.#numberOf(domain);
    if (number < 0) return this.#patterns?.find(domain) ?? null;
    return this.#entryOf(number, domain);
  }

  /** The most specific name that covers the domain; -1 where none does. */
  #numberOf(domain: string): number {
    suffixes.of(domain);
    const last = suffixes.count - 1;
    let wanted = SELF;
    for (let index = last; index >= 0; index--) {
      const number = this.#names.findSuffix(domain, index);
      if (number >= 0 && ((this.#covers[number] ?? 0) & wanted) !== 0) return number;
      wanted = index === last ? BELOW | NEXT : BELOW;
    }
    return -1;
  }

  #entryOf(number: number, domain: string): SetEntry {
    const { names, covers, lines, otherLines } = this.#parts;
    const name = names.nameOf(number);
    const isSelf = name.length === domain.length;
    const isNext = !isSelf && !domain.slice(0, -name.length - 1).includes('.');
    const wanted = isSelf ? SELF : isNext ? BELOW | NEXT : BELOW;
    const first = (covers[number] ?? 0) >> FIRST;
    if ((first & wanted) !== 0)
      return { line: lines[number] ?? 0, text: `${prefixOf[first]}${name}` };
    // What came later is kept apart.
    for (const bits of [SELF, BELOW, SELF | BELOW, NEXT]) {
      const line = otherLines.get(number * 8 + bits);
      if (line !== undefined && (bits & wanted) !== 0)
        return { line, text: `${prefixOf[bits]}${name}` };
    }
    return { line: 0, text: name };
  }
}

/** Lower-case ASCII that needs no second look; the rest is for `normalizeDomain`. */
function isPlainName(text: string): boolean {
  const { length } = text;
  if (length === 0 || length > 253) return false;
  let label = 0;
  for (let index = 0; index < length; index++) {
    const code = text.charCodeAt(index);
    if (code === DOT) {
      if (label === 0) return false;
      label = 0;
    } else {
      const isPlain = (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39);
      if ((!isPlain && code !== HYPHEN) || ++label > 63) return false;
    }
  }
  // A name ends in a letter; what ends in a digit may be an address.
  return label > 0 && text.charCodeAt(length - 1) >= 0x61;
}

const DOT = 0x2e;
const PLUS = 0x2b;
const STAR = 0x2a;
const HYPHEN = 0x2d;
