/** The settings of the configuration file: what there is, what is in force, and changes of them. */
import type { Author } from './edit.ts';
import { readMaker } from './edit.ts';
import { invalid, readObject, readText } from './validate.ts';

export type SettingScalar = boolean | number | string;

/** A map is small: names, each with a text or a list of texts. */
export type SettingValue =
  | SettingScalar
  | readonly SettingScalar[]
  | { readonly [key: string]: SettingScalar | readonly SettingScalar[] };

export function isItems(value: SettingValue): value is readonly SettingScalar[] {
  return Array.isArray(value);
}

/** What a setting takes. `expected` says in words what a text, or each item of a list, must be. */
export type SettingShape =
  | { readonly kind: 'switch' }
  | { readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  | { readonly kind: 'text'; readonly expected: string }
  | { readonly kind: 'list'; readonly expected: string }
  | { readonly kind: 'map' };

export const SETTING_GROUPS = [
  'general',
  'tun',
  'dns',
  'sniffer',
  'traffic',
  'limits',
  'data',
  'controller',
] as const;

export type SettingGroup = (typeof SETTING_GROUPS)[number];

export interface Setting {
  /** Where it is in the YAML: `tun.mtu`. */
  readonly path: string;
  readonly group: SettingGroup;
  readonly shape: SettingShape;
  /** What a number counts; empty: it has no unit. */
  readonly unit: '' | 'ms' | 's' | 'h' | 'bytes';
  /** Null: Sluice decides by itself. */
  readonly default: SettingValue | null;
  /** What the configuration in force says, be it by the file or by default. */
  readonly value: SettingValue | null;
  /** Null: the file does not set it. */
  readonly file: FileSetting | null;
  /** It counts from the next start on. */
  readonly needsRestart: boolean;
  /** To be shown only when somebody asks. */
  readonly isSecret: boolean;
  /** The setting that must be on for this one to count; null: none. */
  readonly needs: string | null;
}

export interface FileSetting {
  /** From 1. */
  readonly line: number;
  /** As it stands there; null where it does not fit the shape. */
  readonly value: SettingValue | null;
}

export interface SettingList {
  /** Null without a configuration file. */
  readonly path: string | null;
  /** SHA-256 of the file's text. A change that names it is refused once the file has another. */
  readonly hash: string | null;
  readonly settings: readonly Setting[];
  /** Why they cannot be changed; null: they can. */
  readonly notEditable: string | null;
}

export interface SettingEdit {
  readonly path: string;
  /** Null takes the key out of the file, so that the default counts. */
  readonly value: SettingValue | null;
}

export interface SettingsChange {
  /** Made one after the other, as one revision: all of them, or none. */
  readonly changes: readonly SettingEdit[];
  /** Absent: whatever the file says by now. */
  readonly hash?: string;
  readonly author: Author;
}

const MAX_CHANGES = 200;
const MAX_ITEMS = 2000;
const MAX_PATH = 200;
const MAX_TEXT = 4096;

export const MAX_SETTINGS_BODY = 1024 * 1024;

export function parseSettingsChange(body: unknown): SettingsChange {
  const { changes, hash, author } = readObject(body, 'the request', ['changes', 'hash', 'author']);
  if (!Array.isArray(changes) || changes.length === 0 || changes.length > MAX_CHANGES) {
    throw invalid('changes', `a list of 1 to ${MAX_CHANGES} changes`, changes);
  }
  return {
    changes: changes.map(readChange),
    ...readMaker(author, hash),
  };
}

function readChange(change: unknown, index: number): SettingEdit {
  const name = `changes[${index}]`;
  const { path, value } = readObject(change, name, ['path', 'value']);
  return {
    path: readText(path, `${name}.path`, MAX_PATH),
    value: value === null ? null : readValue(value, `${name}.value`),
  };
}

function readValue(value: unknown, field: string): SettingValue {
  if (typeof value !== 'object' || value === null) return readScalar(value, field);
  if (Array.isArray(value)) return readItems(value, field);
  const entries = Object.entries(value);
  if (entries.length > MAX_ITEMS) throw invalid(field, `a map of at most ${MAX_ITEMS} names`, '');
  return Object.fromEntries(
    entries.map(([key, inner]) => [
      readText(key, `a name in ${field}`, MAX_TEXT),
      Array.isArray(inner) ? readItems(inner, field) : readScalar(inner, field),
    ]),
  );
}

function readItems(items: readonly unknown[], field: string): SettingScalar[] {
  if (items.length > MAX_ITEMS) throw invalid(field, `a list of at most ${MAX_ITEMS} items`, '');
  return items.map((item, index) => readScalar(item, `${field}[${index}]`));
}

function readScalar(value: unknown, field: string): SettingScalar {
  const fits =
    typeof value === 'boolean' ||
    (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) ||
    (typeof value === 'string' && value.length <= MAX_TEXT);
  if (fits) return value;
  throw invalid(
    field,
    `a truth value, a whole number or text of at most ${MAX_TEXT} characters`,
    value,
  );
}
