/** Settings as they are read and written at a terminal. Pure. */
import { isItems } from '../api/settings.ts';
import type { Setting, SettingValue } from '../api/settings.ts';
import { UsageError } from './command.ts';

/** One line for each item of a list, and for each name of a map. Null is nothing. */
export function valueLines(value: SettingValue | null): string[] {
  if (value === null) return [];
  if (typeof value !== 'object') return [String(value)];
  if (isItems(value)) return value.map(String);
  return Object.entries(value).map(
    ([name, inner]) => `${name}=${isItems(inner) ? inner.join(',') : String(inner)}`,
  );
}

/** The arguments behind the path, as the setting's shape wants them. Throws `UsageError`. */
export function valueOfArguments(args: readonly string[], { path, shape }: Setting): SettingValue {
  if (shape.kind === 'list') return args;
  if (shape.kind === 'map') return Object.fromEntries(args.map((arg) => entryOf(arg, path)));
  const [value, second] = args;
  if (value === undefined || second !== undefined) {
    throw new UsageError(`${path} takes one value.`);
  }
  return value;
}

function entryOf(arg: string, path: string): [string, string | string[]] {
  const at = arg.indexOf('=');
  if (at < 1) throw new UsageError(`${path} takes NAME=VALUE or NAME=VALUE,VALUE, not "${arg}".`);
  const values = arg.slice(at + 1).split(',');
  return [arg.slice(0, at), values.length > 1 ? values : (values[0] ?? '')];
}
