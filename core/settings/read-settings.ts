/** What a file says about each setting, aliases and merge keys followed, with its line. Pure. */
import type { FileSetting, SettingScalar, SettingShape, SettingValue } from '../api/settings.ts';
import { booleanOf } from '../config/fields.ts';
import { LineIndex } from '../config/line-index.ts';
import { Problems } from '../config/problems.ts';
import { readYaml } from '../config/read-yaml.ts';
import type { MapEntry, Value } from '../config/value.ts';
import type { Catalogued } from './catalogue.ts';

export class FileSettings {
  readonly #lines: LineIndex;
  readonly #root: Value | null;
  /** Why the text cannot be read; null: it can. */
  readonly syntaxError: string | null;

  constructor(text: string) {
    this.#lines = new LineIndex(text);
    const problems = new Problems('', (offset) => this.#lines.position(offset));
    this.#root = readYaml(text, problems);
    const [first] = problems.list().filter(({ severity }) => severity === 'error');
    this.syntaxError = first === undefined ? null : `line ${first.line}: ${first.message}`;
  }

  /** Null: the file does not set it. */
  get({ keys, shape }: Catalogued): FileSetting | null {
    const entry = this.#find(keys);
    if (entry === null || entry.value.kind === 'null') return null;
    const { line } = this.#lines.position(entry.keyOffset);
    return { line, value: valueOf(entry.value, shape) };
  }

  /** The path as the file spells it: the names of protocols may be in any case. */
  spelling(keys: readonly string[]): readonly string[] {
    let node = this.#root;
    return keys.map((key) => {
      const found = node === null ? null : entryOf(node, key);
      node = found?.entry.value ?? null;
      return found?.key ?? key;
    });
  }

  #find(keys: readonly string[]): MapEntry | null {
    let node = this.#root;
    let entry: MapEntry | null = null;
    for (const key of keys) {
      entry = node === null ? null : (entryOf(node, key)?.entry ?? null);
      node = entry?.value ?? null;
    }
    return entry;
  }
}

const PROTOCOLS = new Set(['HTTP', 'TLS', 'QUIC']);

function entryOf(node: Value, key: string): { key: string; entry: MapEntry } | null {
  if (node.kind !== 'map') return null;
  const entry = node.entries.get(key);
  if (entry !== undefined) return { key, entry };
  if (!PROTOCOLS.has(key)) return null;
  for (const [name, found] of node.entries) {
    if (name.toUpperCase() === key) return { key: name, entry: found };
  }
  return null;
}

/** Null where it does not fit. What a reader would refuse may still be shown as it stands. */
function valueOf(value: Value, shape: SettingShape): SettingValue | null {
  switch (shape.kind) {
    case 'switch':
      return value.kind === 'scalar' ? (booleanOf(value.text) ?? null) : null;
    case 'integer':
      return value.kind === 'scalar' && /^[0-9]{1,15}$/.test(value.text)
        ? Number(value.text)
        : null;
    case 'choice':
      return value.kind === 'scalar' ? value.text.toLowerCase() : null;
    case 'text':
      return value.kind === 'scalar' ? value.text : null;
    case 'list':
      return itemsOf(value);
    case 'map':
      return mapOf(value);
  }
}

function itemsOf(value: Value): string[] | null {
  if (value.kind === 'scalar') return [value.text];
  if (value.kind !== 'list') return null;
  const texts = value.items.flatMap((item) => (item.kind === 'scalar' ? [item.text] : []));
  return texts.length === value.items.length ? texts : null;
}

function mapOf(value: Value): SettingValue | null {
  if (value.kind !== 'map') return null;
  const found: Record<string, SettingScalar | readonly SettingScalar[]> = {};
  for (const [key, { value: inner }] of value.entries) {
    const read = inner.kind === 'scalar' ? inner.text : itemsOf(inner);
    if (read === null) return null;
    found[key] = read;
  }
  return found;
}
