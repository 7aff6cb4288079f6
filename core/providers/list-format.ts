/**
 * The entries of a list, from its lines: YAML with the list under `payload`, or plain text. The
 * YAML that lists are written in is read line by line, since a library would need minutes and
 * gigabytes for a million of them; a flow sequence goes to the library.
 */
import { parse } from 'yaml';
import { quote } from '../../rules/text.ts';
import type { LineSink } from './lines.ts';
import { ListError } from './list-error.ts';

export interface EntrySink {
  /** `column` counts from 1. */
  entry(text: string, line: number, column: number): void;
  broken(line: number, why: string): void;
}

export interface FormatReader extends LineSink {
  /** Throws `ListError` where there was no list. */
  end(): void;
}

export function formatReader(format: 'yaml' | 'text', sink: EntrySink): FormatReader {
  return format === 'yaml' ? new YamlReader(sink) : new TextReader(sink);
}

class TextReader implements FormatReader {
  readonly #sink: EntrySink;

  constructor(sink: EntrySink) {
    this.#sink = sink;
  }

  line(text: string, number: number): void {
    const entry = text.trim();
    if (entry === '' || entry.startsWith('#') || entry.startsWith('//')) return;
    this.#sink.entry(entry, number, text.indexOf(entry) + 1);
  }

  broken(number: number, why: string): void {
    this.#sink.broken(number, why);
  }

  end(): void {
    // Text that holds nothing is an empty list.
  }
}

/** The longest flow sequence that is read as a whole. */
const LONGEST_FLOW = 4 * 1024 * 1024;

class YamlReader implements FormatReader {
  readonly #sink: EntrySink;
  #state: 'before' | 'list' | 'flow' | 'after' = 'before';
  /** The text of a flow sequence, and the line where it began. */
  #flow: string[] = [];
  #flowSize = 0;
  #flowLine = 0;

  constructor(sink: EntrySink) {
    this.#sink = sink;
  }

  line(text: string, number: number): void {
    switch (this.#state) {
      case 'before':
        this.#head(text, number);
        break;
      case 'list':
        this.#item(text, number);
        break;
      case 'flow':
        this.#addFlow(text);
        break;
      case 'after':
        break;
    }
  }

  broken(number: number, why: string): void {
    if (this.#state === 'list') this.#sink.broken(number, why);
    else if (this.#state === 'flow') throw new ListError('ERR_LIST_FORMAT', why);
  }

  end(): void {
    if (this.#state === 'flow') this.#readFlow();
    if (this.#state !== 'before') return;
    throw new ListError('ERR_LIST_FORMAT', 'there is no key "payload" with a list in it');
  }

  #head(text: string, number: number): void {
    const [, value] = /^["']?(?:payload|rules)["']?\s*:(?:\s+(.*))?$/.exec(text) ?? [];
    if (value === undefined && !/^["']?(?:payload|rules)["']?\s*:\s*$/.test(text)) return;
    if (value === undefined || value.trim() === '' || value.startsWith('#')) {
      this.#state = 'list';
      return;
    }
    this.#state = 'flow';
    this.#flowLine = number;
    this.#addFlow(value);
  }

  #item(text: string, number: number): void {
    const start = firstInk(text);
    const first = text.charCodeAt(start);
    if (start === text.length || first === HASH) return;
    const after = text.charCodeAt(start + 1);
    if (first === DASH && (after === SPACE || after === TAB || start + 1 === text.length)) {
      const from = firstInk(text, start + 1);
      const entry = scalarOf(text.slice(from));
      if (entry === null) this.#sink.broken(number, `${quote(text.slice(from))} is no plain text`);
      else if (entry !== '') this.#sink.entry(entry, number, from + 1);
    } else if (start === 0 && /^[^\s-].*:(\s|$)/.test(text)) {
      this.#state = 'after';
    } else if (text !== '---' && text !== '...') {
      this.#sink.broken(number, `${quote(text.trim())} is no item of the list`);
    }
  }

  #addFlow(text: string): void {
    this.#flow.push(text);
    this.#flowSize += text.length + 1;
    if (this.#flowSize <= LONGEST_FLOW) return;
    const message = 'the list in brackets is too long: write one item a line';
    throw new ListError('ERR_LIST_TOO_LARGE', message);
  }

  #readFlow(): void {
    let value: unknown;
    try {
      value = (parse(`payload: ${this.#flow.join('\n')}`) as { payload?: unknown }).payload;
    } catch (cause) {
      const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
      throw new ListError('ERR_LIST_FORMAT', `the YAML is broken: ${reason}`, cause);
    }
    if (!Array.isArray(value)) {
      throw new ListError('ERR_LIST_FORMAT', 'what stands under "payload" is no list');
    }
    for (const item of value as unknown[]) {
      if (typeof item === 'string') this.#sink.entry(item, this.#flowLine, 1);
      else this.#sink.broken(this.#flowLine, `an item of the list is no text`);
    }
  }
}

const SPACE = 0x20;
const TAB = 0x09;
const HASH = 0x23;
const DASH = 0x2d;
const SINGLE = 0x27;
const DOUBLE = 0x22;

/** Index of the first character that is no space. */
function firstInk(text: string, from = 0): number {
  let at = from;
  for (let code; (code = text.charCodeAt(at)) === SPACE || code === TAB; at++);
  return at;
}

/** What a YAML scalar on one line stands for; null where it is none. */
function scalarOf(text: string): string | null {
  const first = text.charCodeAt(0);
  if (first === SINGLE) {
    const [, content] = /^'((?:[^']|'')*)'\s*(?:#.*)?$/.exec(text) ?? [];
    return content === undefined ? null : content.replaceAll("''", "'");
  }
  if (first === DOUBLE) {
    const [, content] = /^"((?:[^"\\]|\\.)*)"\s*(?:#.*)?$/.exec(text) ?? [];
    if (content === undefined) return null;
    return content.includes('\\') ? unescaped(content) : content;
  }
  // An alias, strictly speaking; lists have it for a wildcard.
  if (/^[&!|>{}[\]@`%]/.test(text) || /^\*(?!\.)/.test(text)) return null;
  const comment = text.search(/\s#/);
  return (comment < 0 ? text : text.slice(0, comment)).trim().replace(/^#.*/, '');
}

function unescaped(content: string): string | null {
  try {
    const value: unknown = parse(`"${content}"`);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}
