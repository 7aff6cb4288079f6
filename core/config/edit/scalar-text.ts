/** Texts as YAML scalars. Pure. */
import { isMap, isScalar, isSeq, parseDocument } from 'yaml';

/** As the scalars beside it are written. */
export type Quoting = 'plain' | 'single' | 'double';

/** Of a rule, or of one value of a setting. */
export const LONGEST_LINE = 4096;

/** What some reader of YAML, also one of version 1.1, takes for something else than text. */
const OTHER_TYPES = [
  /^(?:~|null|y|n|yes|no|on|off|true|false|)$/i,
  /^[-+]?(?:0x[0-9a-f_]+|0o?[0-7_]+|0b[01_]+)$/i,
  /^[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(?:e[-+]?[0-9]+)?$/i,
  /^[-+]?(?:\.inf|\.nan)$/i,
  // Base 60, and dates.
  /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/,
  /^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}/,
];

/** Plain text everywhere, unless it is one of those; most are, and parsing takes its time. */
const SURELY_PLAIN = /^[A-Za-z0-9][\w./-]*(?: [\w./-]+)*$/;

/** Whether a text can be one line of a file. */
export function isOneLine(text: string): boolean {
  // Line and paragraph separators break lines for YAML, too, as do C1 controls.
  return text.length <= LONGEST_LINE && !/[\p{Cc}\p{Cs}\u2028\u2029\ufeff]/u.test(text);
}

/** Plain only where that reads back as the same text, and is text for every reader of YAML. */
export function scalarOf(text: string, quoting: Quoting, isFlow: boolean): string {
  if (quoting === 'double') return doubleQuoted(text);
  const forms = quoting === 'plain' ? plainFirst(text) : [singleQuoted(text)];
  return forms.find((form) => readsBack(form, text, isFlow)) ?? doubleQuoted(text);
}

/** The same for a key of a map. */
export function keyScalar(key: string): string {
  return plainFirst(key).find((form) => isKey(form, key)) ?? doubleQuoted(key);
}

export function quotingOf(source: string): Quoting {
  const scalar = source.replace(/^-[ \t]+/, '').replace(/^[&!]\S*[ \t]+/, '');
  if (scalar.startsWith('"')) return 'double';
  return scalar.startsWith("'") ? 'single' : 'plain';
}

function plainFirst(text: string): string[] {
  const isOther = OTHER_TYPES.some((pattern) => pattern.test(text));
  return isOther ? [singleQuoted(text)] : [text, singleQuoted(text)];
}

function singleQuoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function doubleQuoted(text: string): string {
  return JSON.stringify(text);
}

function readsBack(scalar: string, text: string, isFlow: boolean): boolean {
  if (scalar === text && SURELY_PLAIN.test(text)) return true;
  const { contents, errors, warnings } = parseDocument(isFlow ? `[${scalar}]` : `- ${scalar}\n`, {
    prettyErrors: false,
    logLevel: 'error',
  });
  if (errors.length > 0 || warnings.length > 0 || !isSeq(contents)) return false;
  const [item, second] = contents.items;
  const isText = isScalar(item) && typeof item.value === 'string' && item.comment == null;
  return second === undefined && isText && item.source === text;
}

function isKey(form: string, key: string): boolean {
  if (form === key && SURELY_PLAIN.test(key)) return true;
  return [`${form}: 1\n`, `{${form}: 1}`].every((text) => {
    const { contents, errors } = parseDocument(text, { prettyErrors: false, logLevel: 'error' });
    if (errors.length > 0 || !isMap(contents) || contents.items.length !== 1) return false;
    const [pair] = contents.items;
    return isScalar(pair?.key) && pair.key.source === key && isScalar(pair.value);
  });
}
