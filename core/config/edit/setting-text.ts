/** Values of settings as YAML on one line. Pure. */
import { isMap, isPair, isScalar, isSeq, parseDocument } from 'yaml';
import type { SettingScalar } from '../../api/settings.ts';
import { SluiceError } from '../../api/errors.ts';
import { quote } from '../../../rules/text.ts';

/** How the things beside it are written: in braces or brackets, and as JSON. */
export interface Manner {
  readonly isFlow: boolean;
  readonly isJson: boolean;
}

const LONGEST = 4096;

export function valueText(value: SettingScalar | readonly SettingScalar[], manner: Manner): string {
  if (!isList(value)) return scalarText(value, manner);
  const items = value.map((item) => scalarText(item, { ...manner, isFlow: true }));
  return `[${items.join(', ')}]`;
}

/** Plain only where that reads back as the same text, and is text for every reader of YAML. */
export function scalarText(value: SettingScalar, { isFlow, isJson }: Manner): string {
  if (typeof value !== 'string') return String(value);
  assertOneLine(value);
  if (isJson) return JSON.stringify(value);
  const single = `'${value.replaceAll("'", "''")}'`;
  return [value, single].find((form) => readsBack(form, value, isFlow)) ?? JSON.stringify(value);
}

export function keyText(key: string, { isJson }: Manner): string {
  assertOneLine(key);
  if (isJson) return JSON.stringify(key);
  const single = `'${key.replaceAll("'", "''")}'`;
  return [key, single].find((form) => isKey(form, key)) ?? JSON.stringify(key);
}

export function isList(
  value: SettingScalar | readonly SettingScalar[],
): value is readonly SettingScalar[] {
  return Array.isArray(value);
}

function assertOneLine(text: string): void {
  // Line and paragraph separators break lines for YAML, too, as do C1 controls.
  if (text.length <= LONGEST && !/[\p{Cc}\p{Cs}\u2028\u2029\ufeff]/u.test(text)) return;
  throw new SluiceError(
    'ERR_EDIT_VALUE',
    `${quote(text.slice(0, 60))} is no value: write one line of at most ${LONGEST} characters`,
  );
}

/** YAML 1.1 reads these as truth values, numbers and dates, and other programs read the file, too. */
const NOT_TEXT =
  /^(?:y|yes|n|no|on|off|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])*|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2})$/i;

function readsBack(form: string, value: string, isFlow: boolean): boolean {
  if (form === value && NOT_TEXT.test(value)) return false;
  const { contents, errors, warnings } = parseDocument(isFlow ? `[${form}]` : `a: ${form}\n`, {
    prettyErrors: false,
    logLevel: 'error',
  });
  if (errors.length > 0 || warnings.length > 0) return false;
  const items = isSeq(contents) || isMap(contents) ? contents.items : [];
  const [item] = items;
  const found = isPair(item) ? item.value : item;
  const isText = isScalar(found) && typeof found.value === 'string' && found.comment == null;
  return items.length === 1 && isText && found.source === value;
}

function isKey(form: string, key: string): boolean {
  return [`${form}: 1\n`, `{${form}: 1}`].every((text) => {
    const { contents, errors } = parseDocument(text, { prettyErrors: false, logLevel: 'error' });
    if (errors.length > 0 || !isMap(contents) || contents.items.length !== 1) return false;
    const [pair] = contents.items;
    return isScalar(pair?.key) && pair.key.source === key && isScalar(pair.value);
  });
}
