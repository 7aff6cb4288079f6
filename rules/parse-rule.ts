/** Reads one rule line of the Clash language: `TYPE,payload,target[,flags]`. */
import type { Position, Rule, RuleProblem } from './rule.ts';
import type { Flags } from './rule-types.ts';
import { commaTypes, laterTypes, ruleTypes } from './rule-types.ts';
import { quote, suggestion } from './text.ts';

export interface ParsedRule {
  /** Null where there is an error. */
  readonly rule: Rule | null;
  /** Where the rule's target stands, as the offset of a problem. */
  readonly targetOffset: number;
  readonly problems: readonly RuleProblem[];
}

interface Field {
  readonly text: string;
  /** In the whole rule. */
  readonly offset: number;
}

/** Domain payloads that mihomo takes and that can never match are warnings, all else it refuses is an error. */
const harmlessTypes = new Set(['DOMAIN', 'DOMAIN-SUFFIX', 'DOMAIN-KEYWORD']);

const knownFlags = ['no-resolve', 'src'];

/** `position` is where the rule's text begins; it is kept for messages. */
export function parseRule(text: string, position: Position): ParsedRule {
  const problems: RuleProblem[] = [];
  const fail = (code: string, offset: number, message: string): ParsedRule => ({
    rule: null,
    targetOffset: 0,
    problems: [...problems, { severity: 'error', code, message, offset }],
  });
  const warn = (code: string, offset: number, message: string): void => {
    problems.push({ severity: 'warning', code, message, offset });
  };

  const fields = splitFields(text);
  const [typeField] = fields;
  const type = typeField?.text.toUpperCase() ?? '';
  if (typeField === undefined || type === '') {
    return fail('rule-empty', 0, 'the rule is empty: write TYPE,payload,target');
  }
  const parsePayload = ruleTypes.get(type);
  if (parsePayload === undefined && !laterTypes.has(type)) {
    const hint = suggestion(type, [...ruleTypes.keys(), ...laterTypes]);
    return fail('rule-type-unknown', typeField.offset, `unknown rule type ${quote(type)}${hint}`);
  }

  const { payload, target, flags } = assignFields(type, text, fields);
  if (payload?.text === '') {
    return fail('rule-payload-missing', payload.offset, `${type} has nothing to compare with`);
  }
  if (payload === undefined && type !== 'MATCH') {
    return fail('rule-payload-missing', text.length, `${type} has no payload and no target`);
  }
  if (target === undefined || target.text === '') {
    const example = type === 'MATCH' ? 'MATCH,DIRECT' : `${type},${payload?.text ?? ''},DIRECT`;
    const message = `the rule has no target: write it last, as in ${quote(example)}`;
    return fail('rule-target-missing', target?.offset ?? text.length, message);
  }
  for (const flag of flags) {
    if (knownFlags.includes(flag.text)) continue;
    const message = `unknown flag ${quote(flag.text)}, ignored${suggestion(flag.text, knownFlags)}`;
    warn('rule-flag-unknown', flag.offset, message);
  }

  const targetOffset = target.offset;
  const rule = { type, payload: payload?.text ?? '', target: target.text, position };
  if (parsePayload === undefined) {
    const message = `${type} is not supported yet: this rule never matches`;
    warn('rule-type-unsupported', typeField.offset, message);
    return { rule: { ...rule, condition: { kind: 'never' } }, targetOffset, problems };
  }
  const given: Flags = {
    noResolve: flags.some((flag) => flag.text === 'no-resolve'),
    src: flags.some((flag) => flag.text === 'src'),
  };
  const condition = parsePayload(rule.payload, given);
  if (condition.ok) {
    return { rule: { ...rule, condition: condition.value }, targetOffset, problems };
  }
  const offset = payload?.offset ?? 0;
  if (!harmlessTypes.has(type)) return fail('rule-payload-invalid', offset, condition.reason);
  warn('rule-never-matches', offset, `${condition.reason}; this rule never matches`);
  return { rule: { ...rule, condition: { kind: 'never' } }, targetOffset, problems };
}

/** The rule as it would be written in a file. */
export function formatRule(rule: Rule): string {
  const fields = rule.type === 'MATCH' ? [rule.type] : [rule.type, rule.payload];
  fields.push(rule.target);
  const { condition } = rule;
  if (condition.kind === 'src-ip' && !rule.type.startsWith('SRC-')) fields.push('src');
  if (condition.kind === 'dst-ip' && condition.noResolve) fields.push('no-resolve');
  return fields.join(',');
}

function splitFields(text: string): Field[] {
  let start = 0;
  return text.split(',').map((part) => {
    const leading = part.length - part.trimStart().length;
    const field = { text: part.trim(), offset: start + leading };
    start += part.length + 1;
    return field;
  });
}

/** Which field is what depends on the type, as in mihomo. */
function assignFields(
  type: string,
  text: string,
  fields: readonly Field[],
): { payload: Field | undefined; target: Field | undefined; flags: readonly Field[] } {
  const [, second, third] = fields;
  if (type === 'MATCH') return { payload: undefined, target: second, flags: [] };
  if (!commaTypes.has(type)) return { payload: second, target: third, flags: fields.slice(3) };
  const target = fields.length > 2 ? fields.at(-1) : undefined;
  if (second === undefined || target === undefined) return { payload: second, target, flags: [] };
  const payload = text.slice(second.offset, text.lastIndexOf(',')).trim();
  return { payload: { text: payload, offset: second.offset }, target, flags: [] };
}
