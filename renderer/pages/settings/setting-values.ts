/** Values of settings as people read and type them. Pure. */
import { isItems } from '../../../core/api/settings.ts';
import type { Setting, SettingValue } from '../../../core/api/settings.ts';
import { formatBytes } from '../../format.ts';
import type { Translate } from '../../i18n/translate.ts';

/** What is typed: text, lines of text, or the lines of a table. */
export type Typed = string | readonly TypedLine[];

export interface TypedLine {
  readonly name: string;
  readonly value: string;
}

type Known = Pick<Setting, 'shape' | 'default' | 'unit'>;

export function typedOf(value: SettingValue | null, { shape }: Known): Typed {
  if (shape.kind === 'map') {
    const entries = value !== null && typeof value === 'object' && !isItems(value) ? value : {};
    return Object.entries(entries).map(([name, inner]) => ({
      name,
      value: isItems(inner) ? inner.join(', ') : String(inner),
    }));
  }
  if (value === null) return '';
  return isItems(value) ? value.join('\n') : typeof value === 'object' ? '' : String(value);
}

/** Null: the default. What makes no sense is for core to refuse, in words. */
export function valueOf(typed: Typed, { shape, default: usual }: Known): SettingValue | null {
  if (typeof typed !== 'string') {
    const lines = typed.filter(({ name, value }) => name.trim() !== '' || value.trim() !== '');
    if (lines.length === 0) return null;
    return Object.fromEntries(lines.map(({ name, value }) => [name.trim(), valuesIn(value)]));
  }
  if (shape.kind === 'list') {
    const items = typed.split('\n').flatMap((line) => (line.trim() === '' ? [] : [line.trim()]));
    const isUsual = usual === null || (isItems(usual) && usual.length === 0);
    return items.length === 0 && isUsual ? null : items;
  }
  const text = typed.trim();
  if (shape.kind === 'integer')
    return text === '' ? null : /^[0-9]{1,15}$/.test(text) ? Number(text) : text;
  return text === '' && (usual === null || usual === '') ? null : text;
}

function valuesIn(text: string): string | readonly string[] {
  const values = text.split(',').map((value) => value.trim());
  const filled = values.filter((value) => value !== '');
  return filled.length > 1 ? filled : (filled[0] ?? '');
}

/** `none` is what it means that nothing is set. */
export function shownValue(
  value: SettingValue | null,
  { unit, shape }: Known,
  none: string | null,
  t: Translate,
): string {
  const nothing = none ?? t('settings.none');
  if (value === null || value === '') return nothing;
  if (typeof value === 'boolean') return t(value ? 'settings.on' : 'settings.off');
  if (typeof value === 'number') {
    if (unit === 'bytes' && value >= 1024 * 1024) return formatBytes(value);
    return unit === '' ? String(value) : `${value} ${t(`settings.unit.${unit}`)}`;
  }
  if (typeof value === 'string') return value;
  if (isItems(value)) return value.length === 0 ? nothing : value.join(', ');
  const lines = typedOf(value, { shape, unit, default: null });
  if (typeof lines === 'string' || lines.length === 0) return nothing;
  return lines.map((line) => `${line.name}: ${line.value}`).join('; ');
}

export function isSameValue(a: SettingValue | null, b: SettingValue | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
