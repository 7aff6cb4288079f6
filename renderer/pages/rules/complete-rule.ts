/** What could come next in a rule that is being typed. Pure. */
import type { FileNames } from './names-in.ts';
import { BUILT_IN_TARGETS, FLAGS, PAYLOADS, RULE_TYPES } from './rule-types.ts';

export interface Completions {
  /** How many characters before the cursor are replaced. */
  readonly length: number;
  readonly kind: 'type' | 'payload' | 'target' | 'flag';
  readonly options: readonly string[];
}

/** Those that were seen, sorted. */
export interface Programs {
  readonly names: readonly string[];
  readonly paths: readonly string[];
}

/** `line` is the text before the cursor in an item of a list of rules. Null: nothing to offer. */
export function completeRule(
  line: string,
  names: FileNames,
  programs: Programs,
): Completions | null {
  const item = /^[ \t]*-[ \t]+["']?([^#]*)$/.exec(line)?.[1];
  if (item === undefined) return null;
  const inner = /\(([A-Za-z0-9-]*)$/.exec(item);
  if (inner !== null) return { length: inner[1]?.length ?? 0, kind: 'type', options: RULE_TYPES };
  const depth = item.split('(').length - item.split(')').length;
  const fields = item.split(',');
  const length = fields.at(-1)?.trimStart().length ?? 0;
  if (depth > 0) return null;
  const type = fields[0]?.trim().toUpperCase() ?? '';
  if (fields.length === 1) return { length, kind: 'type', options: RULE_TYPES };
  if (type === 'SUB-RULE') return { length, kind: 'target', options: names.subRules };
  const isLogic = ['AND', 'OR', 'NOT'].includes(type);
  // The commas within parentheses are not those of the rule.
  const place = isLogic ? 2 : fields.length - 1;
  const first = type === 'MATCH' ? 1 : 2;
  if (place < first) return payloadsOf(type, length, names, programs);
  if (place === first) {
    return { length, kind: 'target', options: [...names.targets, ...BUILT_IN_TARGETS] };
  }
  return { length, kind: 'flag', options: FLAGS };
}

function payloadsOf(
  type: string,
  length: number,
  names: FileNames,
  programs: Programs,
): Completions | null {
  const options = payloadsFor(type, names, programs);
  return options.length === 0 ? null : { length, kind: 'payload', options };
}

/** What the payload of a rule can be chosen from; empty: anything. */
export function payloadsFor(
  type: string,
  { ruleSets }: FileNames,
  { names, paths }: Programs,
): readonly string[] {
  const lists: Readonly<Record<string, readonly string[]>> = {
    ...PAYLOADS,
    'RULE-SET': ruleSets,
    'PROCESS-NAME': names,
    'PROCESS-PATH': paths,
  };
  return lists[type] ?? [];
}
