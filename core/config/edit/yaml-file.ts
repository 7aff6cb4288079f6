/**
 * A YAML file as something to be changed: its nodes with their places in the text. Changes are
 * splices of the text; making them opens the file again, and no comment may get lost outside of
 * what is replaced. Pure.
 */
import type { Document, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { Lexer, isAlias, isMap, isNode, isPair, isScalar, isSeq, parseDocument } from 'yaml';
import { SluiceError } from '../../api/errors.ts';
import { printable } from '../../../rules/text.ts';
import { lineBreakOf } from './text-lines.ts';

export interface YamlFile {
  readonly text: string;
  readonly document: Document;
  /** Null where the file has no settings. */
  readonly root: YAMLMap | null;
  readonly lineBreak: string;
}

/** A part of the text. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** The text from `start` to `end` becomes `by`. */
export interface Splice extends Place {
  readonly by: string;
}

/** A key of a map, or one that a merge key (<<) brings. */
export interface Entry {
  readonly pair: Pair;
  /** Null: there is no value. */
  readonly value: Node | null;
  readonly isOwn: boolean;
}

/** Merge keys that lead to merge keys, and no further. */
const DEEPEST_MERGE = 16;

/** Throws `ERR_EDIT_SYNTAX` where the text is no YAML, `ERR_EDIT_LAYOUT` where it is no map. */
export function openYaml(text: string): YamlFile {
  const document = parseDocument(text, {
    keepSourceTokens: true,
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'error',
  });
  const [error] = document.errors;
  if (error !== undefined) {
    const why = printable(error.message, 200);
    const message = `The file is no valid YAML, so it cannot be changed by a program: ${why}`;
    throw new SluiceError('ERR_EDIT_SYNTAX', message);
  }
  const root = document.contents;
  if (root !== null && !isMap(root) && !(isScalar(root) && root.value === null)) {
    throw cannotEdit('the file is no map of settings');
  }
  return { text, document, root: isMap(root) ? root : null, lineBreak: lineBreakOf(text) };
}

export function cannotEdit(why: string): SluiceError {
  const message = `This part of the file cannot be changed by a program: ${why}. Edit it by hand`;
  return new SluiceError('ERR_EDIT_LAYOUT', message);
}

/** What an alias stands for; null where there is nothing. */
export function resolved({ document }: YamlFile, node: unknown): Node | null {
  const target = isAlias(node) ? (node.resolve(document) ?? null) : node;
  return isNode(target) ? target : null;
}

/** By key, own ones first; of two the first counts. */
export function entriesOf(file: YamlFile, map: YAMLMap): ReadonlyMap<string, Entry> {
  const found = new Map<string, Entry>();
  collect(file, map, 0, found);
  return found;
}

function collect(file: YamlFile, map: YAMLMap, depth: number, into: Map<string, Entry>): void {
  if (depth > DEEPEST_MERGE) throw cannotEdit('its merge keys (<<) lead too far');
  const merges: Node[] = [];
  for (const pair of map.items) {
    const key = isPair(pair) ? keyText(pair) : null;
    if (key === null) continue;
    const value = resolved(file, pair.value);
    if (key === '<<') {
      if (value !== null) merges.push(value);
    } else if (!into.has(key)) {
      into.set(key, { pair, value: isNothing(value) ? null : value, isOwn: depth === 0 });
    }
  }
  for (const merged of merges.flatMap((value) => (isSeq(value) ? value.items : [value]))) {
    const from = resolved(file, merged);
    if (isMap(from)) collect(file, from, depth + 1, into);
  }
}

export function keyText({ key }: Pair): string | null {
  return scalarText(key);
}

export function isNothing(node: unknown): boolean {
  return node == null || (isScalar(node) && node.value === null);
}

/** The items of a list, aliases resolved; a scalar is a list of one. */
export function itemsOf(file: YamlFile, node: Node | null | undefined): (Node | null)[] {
  if (node === null || node === undefined) return [];
  return isSeq(node) ? node.items.map((item) => resolved(file, item)) : [node];
}

export function scalarText(node: unknown): string | null {
  if (!isScalar(node) || node.value === null) return null;
  return node.source ?? (typeof node.value === 'string' ? node.value : null);
}

export function rangeOf(node: unknown): readonly [start: number, valueEnd: number, end: number] {
  if (isNode(node) && node.range != null) return node.range;
  throw cannotEdit('its YAML has a part without a place');
}

/** Whether a map, or the first one of a list, is written as JSON: its keys are in quotes. */
export function isJson(node: unknown): boolean {
  const map = isSeq(node) ? node.items.find((item) => isMap(item)) : node;
  const key = isMap(map) && map.flow === true ? map.items[0]?.key : null;
  return isScalar(key) && key.type === 'QUOTE_DOUBLE';
}

/** Where a node begins, its anchor and tag included. */
export function startOf(text: string, node: Node): number {
  const [start] = rangeOf(node);
  const { anchor, tag } = node as Scalar;
  if (isAlias(node) || (anchor === undefined && tag === undefined)) return start;
  const before = text.slice(0, start);
  const properties = /(?:[&!][^\s,[\]{}]*[ \t]*(?:\r?\n[ \t]*)?)+$/.exec(before);
  return properties?.index ?? start;
}

/** Behind the last character of a node that is no comment or blank. */
export function contentEnd(text: string, node: Node): number {
  if (isSeq(node) && node.flow !== true) {
    const last = node.items.at(-1);
    if (isNode(last) && !isEmpty(last)) return contentEnd(text, last);
    return (dashesOf(node).at(-1) ?? rangeOf(node)[0]) + 1;
  }
  if (isMap(node) && node.flow !== true) {
    const last = node.items.at(-1);
    return last === undefined ? rangeOf(node)[1] : pairEnd(text, last);
  }
  return rangeOf(node)[1];
}

/** The same of a key and its value. */
export function pairEnd(text: string, { key, value }: Pair): number {
  return isNode(value) && !isEmpty(value) ? contentEnd(text, value) : colonEnd(text, key);
}

/** Where a key and its value stand. */
export function placeOf(text: string, pair: Pair): Place {
  return { start: isNode(pair.key) ? startOf(text, pair.key) : -1, end: pairEnd(text, pair) };
}

/** What stands between the brackets or braces of a node. */
export function insideOf(node: Node): Place {
  const [start, end] = rangeOf(node);
  return { start: start + 1, end: end - 1 };
}

/** Behind the colon of a key. */
export function colonEnd(text: string, key: unknown): number {
  const end = rangeOf(key)[1];
  return end + (/^[ \t]*:/.exec(text.slice(end, end + 64))?.[0].length ?? 0);
}

/** A value that is not even written. */
export function isEmpty(node: Node): boolean {
  const [start, end] = rangeOf(node);
  const { anchor } = node as Scalar;
  return start === end && anchor === undefined && isScalar(node);
}

/** Where the `-` of each item is. */
export function dashesOf(seq: YAMLSeq): number[] {
  const token = seq.srcToken;
  if (token === undefined || token.type !== 'block-seq') return [];
  return token.items.flatMap(
    ({ start }) => start.find(({ type }) => type === 'seq-item-ind')?.offset ?? [],
  );
}

/** Whole lines, where a line begins or the text ends. */
export function linesAt(
  { text, lineBreak }: YamlFile,
  at: number,
  lines: readonly string[],
): Splice {
  const isOpen = at > 0 && text[at - 1] !== '\n';
  const by = isOpen
    ? lines.map((line) => lineBreak + line).join('')
    : lines.map((line) => line + lineBreak).join('');
  return { start: at, end: at, by };
}

/** Those that begin at the same place are put there in their order. */
export function splicedText(text: string, splices: readonly Splice[]): string {
  let done = '';
  let at = 0;
  for (const { start, end, by } of splices.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
    if (start < at) throw cannotEdit('two changes would meet');
    done += text.slice(at, start) + by;
    at = end;
  }
  return done + text.slice(at);
}

/** Makes the changes. Throws `ERR_EDIT_LAYOUT` where a comment beside them would get lost. */
export function spliced(file: YamlFile, splices: readonly Splice[]): YamlFile {
  const next = openYaml(splicedText(file.text, splices));
  const isTouched = ({ offset, comment }: Comment): boolean =>
    splices.some(
      ({ start, end }) => end > start && offset < end && offset + comment.length > start,
    );
  const kept = knownComments(file).filter((comment) => !isTouched(comment));
  const now = knownComments(next);
  let seen = 0;
  for (const { comment } of kept) {
    while (seen < now.length && now[seen]?.comment !== comment) seen += 1;
    if (seen === now.length) throw cannotEdit('a comment beside it would get lost');
    seen += 1;
  }
  return next;
}

interface Comment {
  readonly offset: number;
  readonly comment: string;
}

/** Finding them takes about as long as reading the file. */
const knownOf = new WeakMap<YamlFile, readonly Comment[]>();

function knownComments(file: YamlFile): readonly Comment[] {
  const comments = knownOf.get(file) ?? commentsOf(file.text);
  knownOf.set(file, comments);
  return comments;
}

function commentsOf(text: string): Comment[] {
  if (!text.includes('#')) return [];
  const found: Comment[] = [];
  let offset = 0;
  let isScalarNext = false;
  for (const lexeme of new Lexer().lex(text)) {
    // Marks of the lexer's own stand for no character of the text.
    if (lexeme === '\u0002' || lexeme === '\u0018' || lexeme === '\u001f') {
      isScalarNext = lexeme === '\u001f';
      continue;
    }
    if (lexeme.startsWith('#') && !isScalarNext) found.push({ offset, comment: lexeme.trimEnd() });
    isScalarNext = false;
    offset += lexeme.length;
  }
  return found;
}
