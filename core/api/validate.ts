/**
 * Small checked readers for values that came over the wire. Each throws a `SluiceError` with
 * `ERR_REQUEST_INVALID` that names the field, what was expected and what was found.
 */
import { SluiceError } from './errors.ts';

export function invalid(field: string, expected: string, found: unknown): SluiceError {
  const shown = JSON.stringify(found)?.slice(0, 60) ?? typeof found;
  return new SluiceError('ERR_REQUEST_INVALID', `${field} must be ${expected}, not ${shown}.`);
}

/** The fields of a JSON object; refuses fields that are not in `known`. */
export function readObject(
  value: unknown,
  what: string,
  known: readonly string[],
): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(what, 'an object', value);
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key)) {
      throw new SluiceError(
        'ERR_REQUEST_INVALID',
        `${what} has an unknown field "${key.slice(0, 60)}". Known are: ${known.join(', ')}.`,
      );
    }
  }
  return value as Record<string, unknown>;
}

/** A non-empty string without control characters or spaces, at most `max` UTF-16 units. */
export function readToken(value: unknown, field: string, max: number): string {
  if (typeof value !== 'string' || value === '' || value.length > max) {
    throw invalid(field, `a text of 1 to ${max} characters`, value);
  }
  if (/[\s\p{Cc}]/u.test(value)) {
    throw invalid(field, 'free of spaces and control characters', value);
  }
  return value;
}

/** The same, but with spaces: a name that people gave. */
export function readText(value: unknown, field: string, max: number): string {
  if (typeof value !== 'string' || value === '' || value.length > max) {
    throw invalid(field, `a text of 1 to ${max} characters`, value);
  }
  if (/\p{Cc}/u.test(value)) throw invalid(field, 'free of control characters', value);
  return value;
}

/** Text of any kind, lines included. */
export function readLongText(value: unknown, field: string, max: number): string {
  if (typeof value === 'string' && value.length <= max) return value;
  throw invalid(field, `text of at most ${max} characters`, value);
}

export function readInteger(value: unknown, field: string, min: number, max: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw invalid(field, `a whole number from ${min} to ${max}`, value);
  }
  return value;
}

/** A whole number as a path or a query carries it: decimal digits. */
export function readIntegerText(text: unknown, field: string, min: number, max: number): number {
  const isDigits = typeof text === 'string' && /^[0-9]{1,16}$/.test(text);
  return readInteger(isDigits ? Number(text) : text, field, min, max);
}

export function readOneOf<T extends string>(
  value: unknown,
  field: string,
  choices: readonly T[],
): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw invalid(field, `one of ${choices.join(', ')}`, value);
  return found;
}

export function readBoolean(value: unknown, field: string): boolean {
  if (typeof value !== 'boolean') throw invalid(field, 'true or false', value);
  return value;
}
