/** Copies values of one file into another, which aliases would otherwise let grow without end. */
import { SluiceError } from '../api/errors.ts';
import type { Writable } from '../config/edit/write-yaml.ts';
import type { Value } from '../config/value.ts';

const MOST_VALUES = 200_000;
const LONGEST_TEXT = 65_536;

export class Copier {
  #left = MOST_VALUES;

  /** Throws `ERR_IMPORT_TOO_LARGE`. */
  copy(value: Value): Writable {
    this.#left -= 1;
    if (this.#left < 0) {
      throw new SluiceError('ERR_IMPORT_TOO_LARGE', 'The aliases of this text say too much.');
    }
    switch (value.kind) {
      case 'null':
        return '';
      case 'scalar':
        return typed(value.text.slice(0, LONGEST_TEXT));
      case 'list':
        return value.items.map((item) => this.copy(item));
      case 'map':
        return new Map([...value.entries].map(([key, entry]) => [key, this.copy(entry.value)]));
    }
  }
}

/** Numbers and switches are written without quotes. */
function typed(text: string): Writable {
  if (text === 'true' || text === 'false') return text === 'true';
  return /^(?:0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : text;
}
