/** Names of whatever origin as the options of a list to choose from: each once, and harmless to read. Pure. */
import { printable } from '../format.ts';

export function nameOptions(
  names: Iterable<string>,
): { readonly value: string; readonly label: string }[] {
  return [...new Set(names)].map((value) => ({ value, label: printable(value) }));
}
