/** Rules as YAML scalars. Pure. */
import { isScalar, isSeq, parseDocument } from 'yaml';
import { SluiceError } from '../../api/errors.ts';
import { quote } from '../../../rules/text.ts';

/** As the scalars beside it are written. */
export type Quoting = 'plain' | 'single' | 'double';

const LONGEST_RULE = 4096;

/** Throws `ERR_EDIT_RULE` where the text cannot be one line of a file. */
export function assertOneLine(rule: string): void {
  // Line and paragraph separators break lines for YAML, too, as do C1 controls.
  if (
    rule.trim() !== '' &&
    rule.length <= LONGEST_RULE &&
    !/[\p{Cc}\u2028\u2029\ufeff]/u.test(rule)
  ) {
    return;
  }
  throw new SluiceError(
    'ERR_EDIT_RULE',
    `${quote(rule.slice(0, 100))} is no rule: write one line of 1 to ${LONGEST_RULE} characters`,
  );
}

/** The scalar for a rule; plain only where that reads back as the same text. */
export function scalarOf(rule: string, quoting: Quoting, isFlow: boolean): string {
  if (quoting === 'double') return doubleQuoted(rule);
  if (quoting === 'plain' && readsBack(rule, rule, isFlow)) return rule;
  const single = `'${rule.replaceAll("'", "''")}'`;
  return readsBack(single, rule, isFlow) ? single : doubleQuoted(rule);
}

export function quotingOf(source: string): Quoting {
  const scalar = source.replace(/^-[ \t]+/, '').replace(/^[&!]\S*[ \t]+/, '');
  if (scalar.startsWith('"')) return 'double';
  return scalar.startsWith("'") ? 'single' : 'plain';
}

function doubleQuoted(rule: string): string {
  return JSON.stringify(rule);
}

function readsBack(scalar: string, rule: string, isFlow: boolean): boolean {
  const { contents, errors, warnings } = parseDocument(isFlow ? `[${scalar}]` : `- ${scalar}\n`, {
    prettyErrors: false,
    logLevel: 'error',
  });
  if (errors.length > 0 || warnings.length > 0 || !isSeq(contents)) return false;
  const [item, second] = contents.items;
  const isText = isScalar(item) && item.value !== null && item.comment == null;
  return second === undefined && isText && item.source === rule;
}
