/**
 * Turns YAML text into `Value`s. The text is hostile until this is done: depth and the work
 * behind aliases and merge keys are bounded, and aliased values are shared, never copied.
 */
import type { Alias, Document, Scalar, YAMLMap } from 'yaml';
import { isAlias, isMap, isPair, isScalar, isSeq, parseDocument, visit } from 'yaml';
import { printable, quote } from '../../rules/text.ts';
import type { Problems } from './problems.ts';
import type { MapEntry, Value } from './value.ts';

const DEEPEST = 64;
/** Entries that merge keys may copy, all together. */
const MOST_MERGED = 100_000;

/** Clearer words for what the YAML library says; its own message stands for the rest. */
const syntaxMessages: Readonly<Record<string, string>> = {
  MULTIPLE_DOCS: 'the file has a second document: remove everything from here on',
  RESOURCE_EXHAUSTION: 'the file is nested too deeply',
};

/** The value of the whole file; null after an error, which is then in `problems`. */
export function readYaml(text: string, problems: Problems): Value | null {
  // Keys are compared in `Converter`: the library compares each key with each other.
  const document = parseDocument(text, {
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'error',
  });
  // Later errors mostly follow from the first.
  const [first] = document.errors.toSorted((a, b) => a.pos[0] - b.pos[0]);
  if (first !== undefined) {
    const message = syntaxMessages[first.code] ?? printable(first.message, 200);
    const openQuote = first.code === 'MISSING_CHAR' ? quoteAround(document, first.pos[0]) : null;
    problems.error('yaml-syntax', openQuote ?? first.pos[0], message);
    return null;
  }
  return readDocument(document, text, problems);
}

/** Of a text that was parsed without errors, and without the library's own check for unique keys. */
export function readDocument(document: Document, text: string, problems: Problems): Value | null {
  for (const warning of document.warnings) {
    problems.warn('yaml-syntax', warning.pos[0], printable(warning.message, 200));
  }
  const converter = new Converter(text, problems);
  const value = converter.convert(document);
  return problems.hasErrors ? null : value;
}

/** A quote that is never closed swallows what follows, up to `offset`: where it was opened. */
function quoteAround(document: Document, offset: number): number | null {
  let start: number | null = null;
  visit(document, {
    Scalar(_, node) {
      const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE';
      if (quoted && node.range && node.range[0] <= offset && offset <= node.range[2]) {
        start = node.range[0];
      }
    },
  });
  return start;
}

class Converter {
  readonly #text: string;
  readonly #problems: Problems;
  readonly #anchors = new Map<string, Value>();
  #anchorCount = 0;
  #merged = 0;
  /** Set by an error that makes going on pointless. */
  #stopped = false;

  constructor(text: string, problems: Problems) {
    this.#text = text;
    this.#problems = problems;
  }

  convert(document: Document): Value {
    return this.#value(document.contents, 0, 0);
  }

  /** `parentOffset` stands in for the offset of a value that is not there. */
  #value(node: unknown, parentOffset: number, depth: number): Value {
    if (this.#stopped) return { kind: 'null', offset: parentOffset };
    if (isAlias(node)) return this.#alias(node, parentOffset);
    const value = this.#plainValue(node, parentOffset, depth);
    const anchor = isScalar(node) || isMap(node) || isSeq(node) ? node.anchor : undefined;
    if (anchor !== undefined) {
      this.#anchors.set(anchor, value);
      this.#anchorCount++;
    }
    return value;
  }

  #plainValue(node: unknown, parentOffset: number, depth: number): Value {
    if (isScalar(node)) return this.#scalar(node, parentOffset);
    if (!isMap(node) && !isSeq(node)) return { kind: 'null', offset: parentOffset };
    const offset = node.range?.[0] ?? parentOffset;
    if (depth >= DEEPEST) {
      return this.#stop('yaml-too-deep', offset, `the file is nested more than ${DEEPEST} levels`);
    }
    if (isMap(node)) return this.#map(node, offset, depth);
    return {
      kind: 'list',
      items: node.items.map((item) => this.#value(item, offset, depth + 1)),
      offset,
    };
  }

  #scalar(node: Scalar, parentOffset: number): Value {
    const [start, end] = node.range ?? [parentOffset, parentOffset];
    if (node.value === null) return { kind: 'null', offset: start };
    const text = node.source ?? '';
    const quoted = node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? 1 : 0;
    const unchanged = this.#text.slice(start + quoted, end - quoted) === text;
    return { kind: 'scalar', text, offset: start, textOffset: unchanged ? start + quoted : -1 };
  }

  #map(node: YAMLMap, offset: number, depth: number): Value {
    const own = new Map<string, MapEntry>();
    const merges: Value[] = [];
    for (const pair of node.items) {
      if (!isPair(pair)) continue;
      const key = this.#key(pair.key, offset);
      if (key === null) continue;
      const anchorsBefore = this.#anchorCount;
      const value = this.#value(pair.value, key.offset, depth + 1);
      const anchored = this.#anchorCount > anchorsBefore;
      if (key.text === '<<' && key.plain) {
        merges.push(value);
        continue;
      }
      const earlier = own.get(key.text);
      if (earlier === undefined) {
        own.set(key.text, { keyOffset: key.offset, anchored, value });
        continue;
      }
      const { line } = this.#problems.position(earlier.keyOffset);
      const message = `the key ${quote(key.text)} is already set in line ${line}`;
      this.#problems.error('yaml-duplicate-key', key.offset, message);
    }
    for (const value of merges) this.#merge(own, value);
    return { kind: 'map', entries: own, offset };
  }

  #key(node: unknown, mapOffset: number): { text: string; offset: number; plain: boolean } | null {
    if (isScalar(node)) {
      const text = node.source ?? '';
      return { text, offset: node.range?.[0] ?? mapOffset, plain: node.type === 'PLAIN' };
    }
    this.#problems.error('yaml-key', mapOffset, 'this map has a key that is not plain text');
    return null;
  }

  /** `<<: *map` or `<<: [*map, *other]`: keys that are already there stay. */
  #merge(into: Map<string, MapEntry>, from: Value): void {
    if (from.kind === 'list') {
      for (const item of from.items) this.#merge(into, item);
    } else if (from.kind === 'map') {
      this.#merged += from.entries.size;
      if (this.#merged > MOST_MERGED) {
        this.#stop('yaml-merge', from.offset, 'merge keys (<<) copy too much: write it out');
        return;
      }
      for (const [key, entry] of from.entries) if (!into.has(key)) into.set(key, entry);
    } else {
      this.#problems.error('yaml-merge', from.offset, 'a merge key (<<) needs a map');
    }
  }

  #alias(node: Alias, parentOffset: number): Value {
    const offset = node.range?.[0] ?? parentOffset;
    const value = this.#anchors.get(node.source);
    if (value !== undefined) return value;
    const message = `the alias ${quote(`*${node.source}`)} has no anchor before it`;
    this.#problems.error('yaml-alias', offset, message);
    return { kind: 'null', offset };
  }

  #stop(code: string, offset: number, message: string): Value {
    if (!this.#stopped) this.#problems.error(code, offset, message);
    this.#stopped = true;
    return { kind: 'null', offset };
  }
}
