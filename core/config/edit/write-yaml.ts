/** Values as YAML text, in the style of what stands around them. Pure. */
import { keyScalar, scalarOf } from './scalar-text.ts';

/** What can be written. Keys of a map are written in their order. */
export type Writable =
  string | number | boolean | readonly Writable[] | ReadonlyMap<string, Writable>;

/** On one line; `isFlow`: inside brackets or braces. */
export function onOneLine(value: Writable, isFlow = true): string {
  if (typeof value === 'string') return scalarOf(value, 'plain', isFlow);
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

function isShort(value: Exclude<Writable, string | number | boolean>): boolean {
  return isList(value) ? value.length === 0 : value.size === 0;
}

export function isList(value: Writable): value is readonly Writable[] {
  return Array.isArray(value);
}
