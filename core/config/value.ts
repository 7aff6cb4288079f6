/**
 * The contents of a YAML file as the readers of the configuration see them: aliases and merge
 * keys resolved, every scalar as text, everything with its offset in the file.
 */

export interface NullValue {
  readonly kind: 'null';
  readonly offset: number;
}

export interface ScalarValue {
  readonly kind: 'scalar';
  readonly text: string;
  readonly offset: number;
  /** Where `text` stands in the file unchanged; -1 where escapes or folding came between. */
  readonly textOffset: number;
}

export interface ListValue {
  readonly kind: 'list';
  readonly items: readonly Value[];
  readonly offset: number;
}

export interface MapValue {
  readonly kind: 'map';
  readonly entries: ReadonlyMap<string, MapEntry>;
  readonly offset: number;
}

export interface MapEntry {
  readonly keyOffset: number;
  /** The value holds an anchor: it may be there for its aliases alone. */
  readonly anchored: boolean;
  readonly value: Value;
}

export type Value = NullValue | ScalarValue | ListValue | MapValue;
