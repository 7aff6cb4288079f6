/** Changes settings in the text of a file: what makes no sense is refused in words. Pure. */
import { SluiceError } from '../api/errors.ts';
import { isItems } from '../api/settings.ts';
import type { SettingEdit, SettingScalar, SettingValue } from '../api/settings.ts';
import { setValue } from '../config/edit/set-value.ts';
import { openYaml } from '../config/edit/yaml-file.ts';
import { booleanOf } from '../config/fields.ts';
import { Problems } from '../config/problems.ts';
import type { Value } from '../config/value.ts';
import { quote, suggestion } from '../../rules/text.ts';
import { catalogue } from './catalogue.ts';
import type { Catalogued } from './catalogue.ts';
import { FileSettings } from './read-settings.ts';

/** Throws `ERR_SETTING_...` and `ERR_EDIT_...`. */
export function changeSettings(text: string, changes: readonly SettingEdit[]): string {
  const after = changes.reduce((file, { path, value }) => {
    const setting = settingAt(path);
    if (value !== null) assertTaken(setting, value);
    const keys = isNamedFreely(setting)
      ? new FileSettings(file.text).spelling(setting.keys)
      : setting.keys;
    return setValue(file, keys, value === null ? null : asWritten(value, setting));
  }, openYaml(text)).text;
  assertNeeds(after, changes);
  return after;
}

/** A file may write `tls` as well as `TLS`. Others are not worth reading it again. */
function isNamedFreely({ path }: Catalogued): boolean {
  return path.startsWith('sniffer.sniff.');
}

/** For the history: values that may be secrets are not told. */
export function summaryOf(changes: readonly SettingEdit[]): string {
  const [first] = changes;
  if (changes.length !== 1 || first === undefined) return `changed ${changes.length} settings`;
  const { path, value } = first;
  if (value === null) return `reset ${path}`;
  const { kind } = settingAt(path).shape;
  const isShort = kind === 'switch' || kind === 'integer' || kind === 'choice';
  return isShort && typeof value !== 'object'
    ? `set ${path} to ${String(value)}`
    : `changed ${path}`;
}

/** Throws `ERR_SETTING_UNKNOWN`. */
export function settingAt(path: string): Catalogued {
  const found = catalogue.find((setting) => setting.path === path);
  if (found !== undefined) return found;
  const near = suggestion(
    path,
    catalogue.map((setting) => setting.path),
  );
  throw new SluiceError('ERR_SETTING_UNKNOWN', `There is no setting ${quote(path)}${near}`);
}

/** What the reader of the key refuses alone. The whole file is checked before it is written. */
function assertTaken({ path, key, shape }: Catalogued, value: SettingValue): void {
  const problems = new Problems('', () => ({ line: 0, column: 0 }));
  const read = toValue(value);
  const fits =
    shape.kind === 'map'
      ? read.kind === 'map'
      : shape.kind === 'list'
        ? read.kind === 'list'
        : read.kind === 'scalar';
  if (!fits) {
    const wanted = shape.kind === 'map' || shape.kind === 'list' ? `a ${shape.kind}` : 'one value';
    throw new SluiceError('ERR_SETTING_INVALID', `${path} takes ${wanted}`);
  }
  key.read(read, path, problems);
  const [error] = problems.list().filter(({ severity }) => severity === 'error');
  if (error !== undefined) throw new SluiceError('ERR_SETTING_INVALID', error.message);
}

function toValue(value: SettingValue | SettingScalar): Value {
  if (typeof value !== 'object') {
    return { kind: 'scalar', text: String(value), offset: 0, textOffset: -1 };
  }
  if (isItems(value)) return { kind: 'list', items: value.map(toValue), offset: 0 };
  const entries = Object.entries(value).map(
    ([key, inner]) => [key, { keyOffset: 0, anchored: false, value: toValue(inner) }] as const,
  );
  return { kind: 'map', entries: new Map(entries), offset: 0 };
}

/** Truth values and numbers are written as such, whoever sends them as text. */
function asWritten(value: SettingValue, { shape, keys }: Catalogued): SettingValue {
  if (typeof value === 'object') {
    if (!isItems(value) || keys.at(-1) !== 'ports') return value;
    return value.map((item) => (/^[0-9]{1,5}$/.test(String(item)) ? Number(item) : item));
  }
  const text = String(value);
  switch (shape.kind) {
    case 'switch':
      return booleanOf(text) ?? value;
    case 'integer':
      return Number(text);
    case 'choice':
      return text.toLowerCase();
    default:
      return text;
  }
}

function assertNeeds(after: string, changes: readonly SettingEdit[]): void {
  const needing = changes.filter(
    ({ path, value }) => value !== null && settingAt(path).needs !== null,
  );
  if (needing.length === 0) return;
  const file = new FileSettings(after);
  for (const { path } of needing) {
    const { needs } = settingAt(path);
    if (needs === null || file.get(settingAt(needs))?.value === true) continue;
    throw new SluiceError(
      'ERR_SETTING_NEEDS',
      `${path} counts only where ${needs} is true: set that first`,
    );
  }
}
