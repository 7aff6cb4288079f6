/** From a key to the text of a language. Pure. */
import { fillIn } from '../../core/api/fill-in.ts';
import type { Catalogue, Key } from './en.ts';

/** The text with its values. */
export type Translate = (key: Key, values?: Readonly<Record<string, string | number>>) => string;

export function translator(catalogue: Catalogue): Translate {
  return (key, values = {}) => fillIn(catalogue[key], values);
}
