/**
 * Reads what one rule compares: `TYPE,payload[,flags]`, where the payload of AND, OR, NOT and
 * SUB-RULE is again made of such clauses, each in parentheses: `((DOMAIN,a.com),(NETWORK,udp))`.
 * Rules of the file, members of logic rules and lines of classical providers meet here.
 */
import type { Clause, Condition, RuleProblem } from './rule.ts';
import { logicTypes, ruleTypes } from './rule-types.ts';
import { quote, suggestion } from './text.ts';

export interface ParsedClause {
  /** Null where there is an error. */
  readonly clause: Clause | null;
  readonly problems: readonly RuleProblem[];
}

/** A part of a text that knows where it stands. */
export interface Field {
  readonly text: string;
  /** From the start of the whole text. */
  readonly offset: number;
}

/** Domain payloads that mihomo takes and that can never match are warnings, all else it refuses is an error. */
const harmlessTypes = new Set(['DOMAIN', 'DOMAIN-SUFFIX', 'DOMAIN-KEYWORD']);

const knownFlags = ['no-resolve', 'src'];

/** Logic within logic; nobody writes more, and reading stays linear. */
const DEEPEST = 16;

/** What cannot be a part of another rule, as in mihomo. */
const wholeRules = new Set(['MATCH', 'SUB-RULE']);

/** A line of a classical provider: no target, and no other list in it, as in mihomo. */
export function parseProviderLine(text: string): ParsedClause {
  const reader = new ClauseReader();
  const clause = reader.member({ text, offset: 0 }, 0, new Set([...wholeRules, 'RULE-SET']));
  return { clause, problems: reader.problems };
}

/** Collects the problems of one rule while its parts are read. */
export class ClauseReader {
  readonly problems: RuleProblem[] = [];

  fail(code: string, offset: number, message: string): null {
    this.problems.push({ severity: 'error', code, message, offset });
    return null;
  }

  warn(code: string, offset: number, message: string): void {
    this.problems.push({ severity: 'warning', code, message, offset });
  }

  /** The type in capitals; null where nothing is called so. */
  type(field: Field | undefined): string | null {
    const type = field?.text.toUpperCase() ?? '';
    if (field === undefined || type === '') {
      const message = 'the rule is empty: write TYPE,payload,target';
      return this.fail('rule-empty', field?.offset ?? 0, message);
    }
    if (ruleTypes.has(type) || logicTypes.has(type)) return type;
    const hint = suggestion(type, [...ruleTypes.keys(), ...logicTypes]);
    return this.fail('rule-type-unknown', field.offset, `unknown rule type ${quote(type)}${hint}`);
  }

  /** What a rule of this type compares; flags that are unknown are ignored with a warning. */
  condition(
    type: string,
    payload: Field,
    flags: readonly Field[],
    depth: number,
  ): Condition | null {
    if (payload.text === '' && type !== 'MATCH') {
      const message = `${type} has nothing to compare with`;
      return this.fail('rule-payload-missing', payload.offset, message);
    }
    for (const flag of flags) {
      if (knownFlags.includes(flag.text)) continue;
      const hint = suggestion(flag.text, knownFlags);
      const message = `unknown flag ${quote(flag.text)}, ignored${hint}`;
      this.warn('rule-flag-unknown', flag.offset, message);
    }
    const parse = ruleTypes.get(type);
    if (parse === undefined) return this.#logic(type, payload, depth);
    const src = flags.some((flag) => flag.text === 'src');
    const noResolve = src || flags.some((flag) => flag.text === 'no-resolve');
    const condition = parse(payload.text, { src, noResolve });
    if (condition.ok) return condition.value;
    if (!harmlessTypes.has(type)) {
      return this.fail('rule-payload-invalid', payload.offset, condition.reason);
    }
    const message = `${condition.reason}; this rule never matches`;
    this.warn('rule-never-matches', payload.offset, message);
    return { kind: 'never' };
  }

  /** A clause in parentheses, without them. */
  member(field: Field, depth: number, refused: ReadonlySet<string> = wholeRules): Clause | null {
    const fields = splitFields(field);
    const [typeField, second] = fields;
    const type = this.type(typeField);
    if (type === null) return null;
    if (refused.has(type)) {
      const message = `${type} cannot stand here: only in the list of rules itself`;
      return this.fail('rule-type-misplaced', typeField?.offset ?? field.offset, message);
    }
    if (second === undefined) {
      const offset = field.offset + field.text.length;
      return this.fail('rule-payload-missing', offset, `${type} has nothing to compare with`);
    }
    const isWhole = logicTypes.has(type) || type.endsWith('-REGEX');
    const payload = isWhole ? restOf(field, second) : second;
    const condition = this.condition(type, payload, isWhole ? [] : fields.slice(2), depth);
    return condition === null ? null : { type, payload: payload.text, condition };
  }

  #logic(type: string, payload: Field, depth: number): Condition | null {
    if (depth >= DEEPEST) {
      const message = `rules are nested more than ${DEEPEST} levels`;
      return this.fail('rule-too-deep', payload.offset, message);
    }
    const groups = this.#groups(payload);
    if (groups === null) return null;
    const members: Clause[] = [];
    for (const group of groups) {
      const member = this.member(group, depth + 1);
      if (member === null) return null;
      members.push(member);
    }
    if (type === 'AND' || type === 'OR') {
      return { kind: type === 'AND' ? 'and' : 'or', members };
    }
    const [member] = members;
    if (member === undefined || members.length > 1) {
      const message = `${type} takes one rule in parentheses, not ${members.length}`;
      return this.fail('rule-payload-invalid', payload.offset, message);
    }
    return type === 'NOT' ? { kind: 'not', member } : { kind: 'sub-rule', when: member };
  }

  /** `((a),(b))` or `(a),(b)`: the texts in the parentheses. */
  #groups(payload: Field): Field[] | null {
    const groups = this.#topLevel(payload);
    const [only] = groups ?? [];
    if (only === undefined || groups?.length !== 1 || !only.text.startsWith('(')) return groups;
    return this.#topLevel(only);
  }

  #topLevel({ text, offset }: Field): Field[] | null {
    const groups: Field[] = [];
    let depth = 0;
    let start = 0;
    for (let index = 0; index < text.length; index++) {
      const character = text[index];
      if (character === '\\') {
        // A parenthesis in an expression that is none of ours.
        index++;
      } else if (character === '(') {
        if (depth++ === 0) start = index + 1;
      } else if (character === ')') {
        if (--depth < 0) return this.#unbalanced(offset + index, '")" without "("');
        if (depth === 0) groups.push(trimmed(text.slice(start, index), offset + start));
      } else if (depth === 0 && !/[\s,]/.test(character ?? '')) {
        const form = 'write each rule in parentheses: ((TYPE,payload),(TYPE,payload))';
        return this.fail('rule-payload-invalid', offset + index, form);
      }
    }
    if (depth > 0) return this.#unbalanced(offset + start - 1, '"(" without ")"');
    if (groups.length > 0) return groups;
    return this.fail('rule-payload-invalid', offset, 'there is no rule in the parentheses');
  }

  #unbalanced(offset: number, what: string): null {
    return this.fail('rule-payload-invalid', offset, `the parentheses do not match: ${what}`);
  }
}

/** The parts between commas, without the spaces around them. */
export function splitFields({ text, offset }: Field): Field[] {
  let start = offset;
  return text.split(',').map((part) => {
    const field = trimmed(part, start);
    start += part.length + 1;
    return field;
  });
}

/** From a field to the end. */
function restOf(whole: Field, from: Field): Field {
  return trimmed(whole.text.slice(from.offset - whole.offset), from.offset);
}

function trimmed(text: string, offset: number): Field {
  return { text: text.trim(), offset: offset + text.length - text.trimStart().length };
}
