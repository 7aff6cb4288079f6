/** Which part of a rule's text says what, for whoever draws it in colours. Pure. */
import { FLAGS, RULE_TYPES } from './rule-types.ts';

export type SpanKind = 'type' | 'payload' | 'target' | 'refusal' | 'flag';

/** Characters of the text, from `from` to before `to`. */
export interface RuleSpan {
  readonly kind: SpanKind;
  readonly from: number;
  readonly to: number;
}

const TYPES: ReadonlySet<string> = new Set(RULE_TYPES);

/** Empty where the text is no rule of a type that is known. */
export function ruleSpans(text: string): RuleSpan[] {
  const fields = fieldsOf(text);
  const [type, ...rest] = fields;
  if (type === undefined || !TYPES.has(wordOf(text, type).toUpperCase())) return [];
  const flags: RuleSpan[] = [];
  while (rest.length > 2 && FLAGS.includes(wordOf(text, rest.at(-1)))) {
    flags.unshift({ ...(rest.pop() ?? type), kind: 'flag' });
  }
  const isMatch = wordOf(text, type).toUpperCase() === 'MATCH';
  // What is typed up to the payload has no target yet.
  const target = isMatch || rest.length > 1 ? rest.pop() : undefined;
  const [first] = rest;
  const last = rest.at(-1);
  const isRefusal = wordOf(text, target).startsWith('REJECT');
  return [
    { ...type, kind: 'type' },
    ...(first === undefined || last === undefined
      ? []
      : [{ kind: 'payload', from: first.from, to: last.to } as const]),
    ...(target === undefined
      ? []
      : [{ ...target, kind: isRefusal ? 'refusal' : 'target' } as const]),
    ...flags,
  ];
}

type Field = Pick<RuleSpan, 'from' | 'to'>;

function wordOf(text: string, field: Field | undefined): string {
  return field === undefined ? '' : text.slice(field.from, field.to).trim();
}

/** What stands between the commas that are in no parentheses. */
function fieldsOf(text: string): Field[] {
  const fields: Field[] = [];
  let depth = 0;
  let from = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const character = text[at];
    if (character === '(') depth += 1;
    else if (character === ')') depth = Math.max(0, depth - 1);
    else if (at === text.length || (character === ',' && depth === 0)) {
      fields.push({ from, to: at });
      from = at + 1;
    }
  }
  return fields;
}
