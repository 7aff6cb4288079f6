/** From a key to the text of a language. Pure. */
import type { Catalogue, Key } from './en.ts';

/** `{name}` in the text is replaced by the value of that name. */
export type Translate = (key: Key, values?: Readonly<Record<string, string | number>>) => string;

export function translator(catalogue: Catalogue): Translate {
  return (key, values = {}) =>
    catalogue[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
