/** Reads one rule line of the Clash language: `TYPE,payload,target[,flags]`. */
import { ClauseReader, splitFields } from './parse-clause.ts';
import type { Field } from './parse-clause.ts';
import type { Clause, Position, Rule, RuleProblem } from './rule.ts';
import { commaTypes } from './rule-types.ts';
import { quote } from './text.ts';

export interface ParsedRule {
  /** Null where there is an error. */
  readonly rule: Rule | null;
  /** Where the rule's target stands, as the offset of a problem. */
  readonly targetOffset: number;
  readonly problems: readonly RuleProblem[];
}

/** `position` is where the rule's text begins; it is kept for messages. Never throws. */
export function parseRule(text: string, position: Position): ParsedRule {
  const reader = new ClauseReader();
  const read = readRule(reader, text, position);
  return {
    rule: read?.rule ?? null,
    targetOffset: read?.targetOffset ?? 0,
    problems: reader.problems,
  };
}

function readRule(
  reader: ClauseReader,
  text: string,
  position: Position,
): { rule: Rule; targetOffset: number } | null {
  const fields = splitFields({ text, offset: 0 });
  const type = reader.type(fields[0]);
  if (type === null) return null;
  const { payload, target, flags } = assignFields(type, text, fields);
  if (payload?.text === '') {
    const message = `${type} has nothing to compare with`;
    return reader.fail('rule-payload-missing', payload.offset, message);
  }
  if (payload === undefined && type !== 'MATCH') {
    const message = `${type} has no payload and no target`;
    return reader.fail('rule-payload-missing', text.length, message);
  }
  if (target === undefined || target.text === '') {
    const example = type === 'MATCH' ? 'MATCH,DIRECT' : `${type},${payload?.text ?? ''},DIRECT`;
    const message = `the rule has no target: write it last, as in ${quote(example)}`;
    return reader.fail('rule-target-missing', target?.offset ?? text.length, message);
  }
  const compared = payload ?? { text: '', offset: text.length };
  const condition = reader.condition(type, compared, flags, 0);
  if (condition === null) return null;
  const rule = { type, payload: compared.text, target: target.text, condition, position };
  return { rule, targetOffset: target.offset };
}

/** The rule as it would be written in a file. */
export function formatRule(rule: Rule): string {
  const fields = rule.type === 'MATCH' ? [rule.type] : [rule.type, rule.payload];
  return [...fields, rule.target, ...flagsOf(rule)].join(',');
}

/** A member of a logic rule, or a line of a provider, as it would be written. */
export function formatClause(clause: Clause): string {
  return [clause.type, clause.payload, ...flagsOf(clause)].join(',');
}

function flagsOf({ type, condition }: Clause): string[] {
  if (!('noResolve' in condition)) return [];
  if (condition.src) return type.startsWith('SRC-') ? [] : ['src'];
  return condition.noResolve ? ['no-resolve'] : [];
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
