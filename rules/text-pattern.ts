/**
 * Patterns over a whole text or a part of it, compared without regard to case: the wildcards of
 * `DOMAIN-WILDCARD` and the expressions of `DOMAIN-REGEX` and their relatives. Both take time
 * that grows with the text alone, whatever a file says.
 */
import { RE2JS } from 're2js';
import type { Parsed } from './parsed.ts';
import { printable, quote } from './text.ts';

export interface TextPattern {
  /** As written. */
  readonly source: string;
  /**
   * In lower case, what every text that matches contains, so that an index can tell which
   * patterns are worth a try; empty where there is no such thing.
   */
  readonly literal: string;
  /** `text` in lower case. */
  test(text: string): boolean;
}

/** More than any name or path; an expression of this length is no longer written by hand. */
const LONGEST_SOURCE = 1000;
/** Instructions of the compiled expression: what one character of a text may cost at worst. */
const LARGEST_PROGRAM = 4000;
/** Of all `{n}` in an expression together: the program grows with them, before it is measured. */
const MOST_REPEATS = 1000;

/** `*` stands for any text, an empty one included, `?` for one character; the whole text counts. */
export function parseWildcard(source: string): Parsed<TextPattern> {
  if (source.length > LONGEST_SOURCE) return tooLong(source);
  const pattern = source.toLowerCase();
  const literal = longest(pattern.split(/[*?]+/));
  return { ok: true, value: { source, literal, test: (text) => matchesWildcard(pattern, text) } };
}

/** An expression that may match anywhere in the text, in the syntax of RE2. */
export function parseRegex(source: string): Parsed<TextPattern> {
  if (source.length > LONGEST_SOURCE) return tooLong(source);
  const tooLarge = `${quote(source)} is too large: use smaller repetitions`;
  if (repeats(source) > MOST_REPEATS) return { ok: false, reason: tooLarge };
  try {
    const compiled = RE2JS.compile(source, RE2JS.CASE_INSENSITIVE);
    if (compiled.programSize() > LARGEST_PROGRAM) {
      return { ok: false, reason: tooLarge };
    }
    const literal = requiredLiteral(source);
    return { ok: true, value: { source, literal, test: (text) => compiled.test(text) } };
  } catch (error) {
    return { ok: false, reason: `${quote(source)} ${explainRefusal(source, error)}` };
  }
}

/** What backtracking engines allow, and no engine with a bounded running time can. */
const unbounded: readonly (readonly [RegExp, string])[] = [
  [/\(\?<?[=!]/, 'looks ahead or behind ((?=, (?!, (?<=, (?<!)'],
  [/\(\?>|[*+?}]\+/, 'has an atomic group or a possessive repetition'],
  [/\\[1-9]|\\k</, 'refers back to a group (\\1)'],
];

function explainRefusal(source: string, error: unknown): string {
  for (const [form, what] of unbounded) {
    if (!form.test(source)) continue;
    return `${what}, which cannot be matched in bounded time: write several rules, or AND with NOT`;
  }
  const message = error instanceof Error ? error.message : String(error);
  return `is not a regular expression: ${printable(message.replace(/^error parsing regexp: /, ''), 200)}`;
}

function repeats(source: string): number {
  let sum = 0;
  for (const [, least = '', most = ''] of source.matchAll(/\{([0-9]*),?([0-9]*)\}/g)) {
    sum += Math.max(Number(least), Number(most));
  }
  return sum;
}

function tooLong(source: string): Parsed<never> {
  return {
    ok: false,
    reason: `${quote(source)} is longer than ${LONGEST_SOURCE} characters`,
  };
}

function matchesWildcard(pattern: string, text: string): boolean {
  let at = 0;
  let index = 0;
  /** Behind the last `*`, and where in the text its share ends for now. */
  let retry = -1;
  let retryIndex = 0;
  while (index < text.length) {
    const code = pattern.charCodeAt(at);
    if (code === STAR) {
      retry = ++at;
      retryIndex = index;
    } else if (at < pattern.length && (code === QUESTION || code === text.charCodeAt(index))) {
      at++;
      index++;
    } else if (retry >= 0) {
      at = retry;
      index = ++retryIndex;
    } else {
      return false;
    }
  }
  while (pattern.charCodeAt(at) === STAR) at++;
  return at === pattern.length;
}

const STAR = 0x2a;
const QUESTION = 0x3f;

/**
 * The longest run of plain characters outside of groups and classes; empty where this simple
 * reading is not sure. A character before `*`, `?` or `{` may be absent and ends the run before it.
 */
function requiredLiteral(source: string): string {
  const runs: string[] = [];
  let run = '';
  /** How many groups are open. */
  let depth = 0;
  const end = (): void => {
    runs.push(run);
    run = '';
  };
  for (let index = 0; index < source.length; index++) {
    const character = source[index] ?? '';
    if (character > '~') return '';
    if (character === '\\') {
      const escaped = source[++index] ?? '';
      if (/[.\-_/]/.test(escaped)) run += depth === 0 ? escaped : '';
      else if (/[dDwWsSbB]/.test(escaped)) end();
      else return '';
    } else if (source.startsWith('[.]', index)) {
      // How many people write a dot.
      run += depth === 0 ? '.' : '';
      index += 2;
    } else if (character === '[') {
      end();
      index = endOfClass(source, index);
      if (index < 0) return '';
    } else if (character === '(' || character === ')') {
      end();
      depth += character === '(' ? 1 : -1;
    } else if (character === '|') {
      if (depth === 0) return '';
    } else if ('*?{'.includes(character)) {
      run = run.slice(0, -1);
      end();
      if (character === '{') {
        index = source.indexOf('}', index);
        if (index < 0) return '';
      }
    } else if ('.^$+'.includes(character)) {
      end();
    } else if (depth === 0) {
      run += character.toLowerCase();
    }
  }
  end();
  return longest(runs);
}

/** Of a class of plain characters and ranges; -1 where there is more to it. */
function endOfClass(source: string, start: number): number {
  const end = /^\[\^?[a-z0-9_.-]+\]/i.exec(source.slice(start, start + 200));
  return end === null ? -1 : start + end[0].length - 1;
}

function longest(parts: readonly string[]): string {
  let best = '';
  for (const part of parts) if (part.length > best.length) best = part;
  return best;
}
