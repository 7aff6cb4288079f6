/**
 * Sections of the configuration as tables: each key with the reader of its value and its default.
 * What a table does not name is a warning with a suggestion; what a reader refuses is an error
 * that says what was expected.
 */
import { quote, suggestion } from '../../rules/text.ts';
import type { SettingShape } from '../api/settings.ts';
import type { Problems } from './problems.ts';
import type { MapValue, Value } from './value.ts';

/** Gives the checked value, or undefined after adding an error. `name` is the path of the key. */
export interface Reader<T> {
  (value: Value, name: string, problems: Problems): T | undefined;
  /** What it takes, for forms; absent where that is its own business. */
  readonly shape?: SettingShape;
}

export interface Key<T> {
  readonly read: Reader<T>;
  readonly fallback: T;
  readonly required: boolean;
}

export interface Section<K extends Record<string, Key<unknown>>> {
  readonly used: K;
  /** Keys that Clash knows and Sluice will: a warning that they are not used yet. */
  readonly later?: readonly string[];
  /** Keys that are taken and mean nothing here, each with the reason. */
  readonly ignored?: Readonly<Record<string, string>>;
}

export type Fields<K extends Record<string, Key<unknown>>> = {
  readonly [Name in keyof K]: K[Name] extends Key<infer T> ? T : never;
};

export function optional<T>(read: Reader<T>, fallback: T): Key<T> {
  return { read, fallback, required: false };
}

/** Undefined where it is missing or wrong, which is an error. */
export function required<T>(read: Reader<T>): Key<T | undefined> {
  return { read, fallback: undefined, required: true };
}

/** `name` is the path of the section, empty for the file itself. */
export function readSection<K extends Record<string, Key<unknown>>>(
  map: MapValue,
  name: string,
  section: Section<K>,
  problems: Problems,
): Fields<K> {
  const path = (key: string): string => (name === '' ? key : `${name}.${key}`);
  const { used, later = [], ignored = {} } = section;
  const fields: Record<string, unknown> = {};
  for (const [key, { read, fallback, required: mustBeThere }] of Object.entries(used)) {
    const entry = map.entries.get(key);
    const missing = entry === undefined || entry.value.kind === 'null';
    fields[key] = missing ? fallback : (read(entry.value, path(key), problems) ?? fallback);
    if (missing && mustBeThere) {
      const message = `${path(key)} is missing`;
      problems.error('key-missing', entry?.keyOffset ?? map.offset, message);
    }
  }
  for (const [key, { keyOffset, anchored }] of map.entries) {
    if (Object.hasOwn(used, key)) continue;
    if (later.includes(key)) {
      problems.warn('key-not-used-yet', keyOffset, `${path(key)} is accepted, not used yet`);
    } else if (Object.hasOwn(ignored, key)) {
      problems.warn('key-ignored', keyOffset, `${path(key)} is ignored: ${ignored[key]}`);
    } else if (!anchored) {
      const known = [...Object.keys(used), ...later, ...Object.keys(ignored)];
      const message = `unknown key ${quote(key)}, ignored${suggestion(key, known)}`;
      problems.warn('key-unknown', keyOffset, message);
    }
  }
  // Every key of `used` was set above, with its own type.
  return fields as Fields<K>;
}

/** A scalar that `parse` understands; `expected` completes "must be". */
export function scalar<T>(
  expected: string,
  parse: (text: string) => T | undefined,
  shape: SettingShape = { kind: 'text', expected },
): Reader<T> {
  const read: Reader<T> = (value, name, problems) => {
    const parsed = value.kind === 'scalar' ? parse(value.text) : undefined;
    if (parsed === undefined) {
      problems.error(
        'value-invalid',
        value.offset,
        `${name} must be ${expected}, not ${shown(value)}`,
      );
    }
    return parsed;
  };
  return Object.assign(read, { shape });
}

/** YAML 1.1 words as well, which Clash accepts. */
export const boolean = scalar('true or false', booleanOf, { kind: 'switch' });

export function booleanOf(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (['true', 'yes', 'on'].includes(lower)) return true;
  return ['false', 'no', 'off'].includes(lower) ? false : undefined;
}

/** Text of `min` to `max` characters. A number is text, too: passwords are often digits. */
export function text(min: number, max: number): Reader<string> {
  const expected = min === 0 ? `text of at most ${max}` : `text of ${min} to ${max}`;
  return scalar(`${expected} characters`, (value) =>
    value.length >= min && value.length <= max ? value : undefined,
  );
}

export function integer(min: number, max: number): Reader<number> {
  const parse = (value: string): number | undefined => {
    const number = /^[0-9]{1,15}$/.test(value) ? Number(value) : NaN;
    return number >= min && number <= max ? number : undefined;
  };
  return scalar(`a whole number from ${min} to ${max}`, parse, { kind: 'integer', min, max });
}

/** One of `choices` in any case. */
export function choice<const T extends string>(choices: readonly T[]): Reader<T> {
  const parse = (value: string): T | undefined =>
    choices.find((name) => name === value.toLowerCase());
  return scalar(`one of ${choices.join(', ')}`, parse, { kind: 'choice', choices });
}

/** A list, or a single scalar without one. Items that are wrong are left out. */
export function list<T>(read: Reader<T>): Reader<readonly T[]> {
  const readList: Reader<readonly T[]> = (value, name, problems) => {
    if (value.kind === 'map') {
      problems.error('value-invalid', value.offset, `${name} must be a list, not a map`);
      return undefined;
    }
    const items = value.kind === 'list' ? value.items : [value];
    return items
      .map((item, index) => read(item, `${name}[${index}]`, problems))
      .filter((item) => item !== undefined);
  };
  const expected = read.shape?.kind === 'text' ? read.shape.expected : '';
  return Object.assign(readList, { shape: { kind: 'list', expected } as const });
}

/** The value itself, for sections that read themselves. */
export const map: Reader<MapValue> = (value, name, problems) => {
  if (value.kind === 'map') return value;
  problems.error('value-invalid', value.offset, `${name} must be a map, not ${shown(value)}`);
  return undefined;
};

function shown(value: Value): string {
  switch (value.kind) {
    case 'scalar':
      return quote(value.text);
    case 'list':
      return 'a list';
    case 'map':
      return 'a map';
    case 'null':
      return 'nothing';
  }
}
