/** Values as YAML text, in the style of what stands around them. Pure. */
import { scalarOf } from './rule-text.ts';
import type { Quoting } from './rule-text.ts';

/** What can be written. Keys of a map are written in their order. */
export type Writable =
  string | number | boolean | readonly Writable[] | ReadonlyMap<string, Writable>;

/** What some reader of YAML, also one of version 1.1, takes for something else than text. */
const OTHER_TYPES = [
  /^(?:~|null|y|n|yes|no|on|off|true|false|)$/i,
  /^[-+]?(?:0x[0-9a-f_]+|0o?[0-7_]+|0b[01_]+)$/i,
  /^[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(?:e[-+]?[0-9]+)?$/i,
  /^[-+]?(?:\.inf|\.nan)$/i,
  // Base 60, and dates.
  /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/,
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}/,
];

/** Text that every reader takes for text. */
export function textScalar(text: string, quoting: Quoting, isFlow: boolean): string {
  const isOther = OTHER_TYPES.some((pattern) => pattern.test(text));
  return scalarOf(text, isOther && quoting === 'plain' ? 'single' : quoting, isFlow);
}

/** On one line; `isFlow`: inside brackets or braces. */
export function onOneLine(value: Writable, isFlow = true): string {
  if (typeof value === 'string') return textScalar(value, 'plain', isFlow);
  if (typeof value !== 'object') return String(value);
  if (isList(value)) return `[${value.map((item) => onOneLine(item)).join(', ')}]`;
  const pairs = [...value].map(([key, item]) => `${keyScalar(key)}: ${onOneLine(item)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

/** As JSON, which is YAML, too. */
export function asJson(value: Writable): string {
  if (typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map((item) => asJson(item)).join(', ')}]`;
  return `{${[...value].map(([key, item]) => `${JSON.stringify(key)}: ${asJson(item)}`).join(', ')}}`;
}

/**
 * On as many lines as it takes. The first is to be put behind what is in column `column` already;
 * the others have their indentation.
 */
export function onLines(value: Writable, column: number): string[] {
  if (typeof value !== 'object' || isShort(value))
    return [onOneLine(value, typeof value === 'object')];
  const indent = ' '.repeat(column);
  const lines = isList(value)
    ? value.flatMap((item) => {
        const [first = '', ...rest] = onLines(item, column + 2);
        return [`- ${first}`, ...rest];
      })
    : [...value].flatMap(([key, item]) => pairLines(key, item, column));
  return lines.map((line, index) =>
    index === 0 || line.startsWith(indent) ? line : indent + line,
  );
}

/** A key and its value as lines of a map in `column`; the first without its indentation. */
export function pairLines(key: string, value: Writable, column: number): string[] {
  const name = keyScalar(key);
  if (typeof value !== 'object' || isShort(value)) {
    return [`${name}: ${onOneLine(value, typeof value === 'object')}`];
  }
  const [first = '', ...rest] = onLines(value, column + 2);
  return [`${name}:`, `${' '.repeat(column + 2)}${first}`, ...rest];
}

function keyScalar(key: string): string {
  // A key is read as a scalar of its own where it is none of the words above and has no colon.
  return /^[A-Za-z][A-Za-z0-9_-]*$/.test(key) ? key : textScalar(key, 'single', true);
}

function isShort(value: Exclude<Writable, string | number | boolean>): boolean {
  return isList(value) ? value.length === 0 : value.size === 0;
}

function isList(value: Writable): value is readonly Writable[] {
  return Array.isArray(value);
}
