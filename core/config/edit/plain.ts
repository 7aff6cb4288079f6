/**
 * What a configuration file says, without how it is written: for comparing it before and after a
 * change. Aliases and merge keys are resolved, scalars are text, what is empty is not there. Pure.
 */
import { SluiceError } from '../../api/errors.ts';
import { TOP_LEVEL_KEYS } from '../parse-config.ts';
import { Problems } from '../problems.ts';
import { readDocument } from '../read-yaml.ts';
import type { MapEntry, Value } from '../value.ts';
import type { YamlFile } from './yaml-file.ts';

export type Plain = string | null | Plain[] | PlainMap;
export type PlainMap = Map<string, Plain>;

/** Aliases may name the same thing again and again. */
const MOST_VALUES = 3_000_000;

/** Throws `ERR_EDIT_SYNTAX` where the file makes no sense, `ERR_EDIT_LAYOUT` where it says too much. */
export function plainOf({ document, text }: YamlFile): PlainMap {
  const problems = new Problems('the file', () => ({ line: 1, column: 1 }));
  const root = readDocument(document, text, problems);
  if (root === null) {
    const why = problems.list()[0]?.message ?? 'it cannot be read';
    throw new SluiceError('ERR_EDIT_SYNTAX', `The file cannot be changed by a program: ${why}`);
  }
  if (root.kind !== 'map') return new Map();
  const budget = { left: MOST_VALUES };
  // What is no key of the configuration and has an anchor is there for its aliases alone.
  const isMeant = ([key, { anchored }]: [string, MapEntry]): boolean =>
    TOP_LEVEL_KEYS.has(key) || !anchored;
  const entries = [...root.entries].filter(isMeant);
  return mapOf(new Map(entries), budget);
}

function toPlain(value: Value, budget: { left: number }): Plain {
  budget.left -= 1;
  if (budget.left < 0) {
    throw new SluiceError('ERR_EDIT_LAYOUT', 'The aliases of this file say too much to be edited');
  }
  switch (value.kind) {
    case 'null':
      return null;
    case 'scalar':
      return value.text;
    case 'list':
      return value.items.map((item) => toPlain(item, budget));
    case 'map':
      return mapOf(value.entries, budget);
  }
}

function mapOf(entries: ReadonlyMap<string, MapEntry>, budget: { left: number }): PlainMap {
  const map: PlainMap = new Map();
  for (const [key, { value }] of entries) {
    const plain = toPlain(value, budget);
    const isEmpty = plain === null || (Array.isArray(plain) && plain.length === 0);
    if (!isEmpty) map.set(key, plain);
  }
  return map;
}

/** The list under a key; it is made where it is not there. A scalar is a list of one. */
export function listIn(map: PlainMap, key: string): Plain[] {
  const found = map.get(key);
  if (Array.isArray(found)) return found;
  const list = found === undefined || found === null ? [] : [found];
  map.set(key, list);
  return list;
}

/** Whether two are the same; `isMeant` says of two texts that differ whether that was wanted. */
export function isSame(
  wanted: Plain | undefined,
  found: Plain | undefined,
  isMeant: (wanted: string, found: string) => boolean = () => false,
): boolean {
  if (typeof wanted === 'string' && typeof found === 'string') {
    return wanted === found || isMeant(wanted, found);
  }
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(found) &&
      wanted.length === found.length &&
      wanted.every((item, index) => isSame(item, found[index], isMeant))
    );
  }
  if (wanted instanceof Map) {
    return (
      found instanceof Map &&
      wanted.size === found.size &&
      [...wanted].every(([key, item]) => isSame(item, found.get(key), isMeant))
    );
  }
  return wanted === found;
}
