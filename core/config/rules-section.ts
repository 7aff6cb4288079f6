/** The keys `rules:` and `sub-rules:`. The language itself lives in `rules/`; here its lines meet the file and its names. */
import { parseRule } from '../../rules/parse-rule.ts';
import { PASS } from '../../rules/outcome.ts';
import type { Condition, Rule } from '../../rules/rule.ts';
import { quote, suggestion } from '../../rules/text.ts';
import { list } from './fields.ts';
import type { Names } from './names.ts';
import type { Problems } from './problems.ts';
import type { MapValue, ScalarValue, Value } from './value.ts';

export interface RulesSection {
  readonly rules: readonly Rule[];
  /** The lists of `sub-rules`, by name. */
  readonly subRules: ReadonlyMap<string, readonly Rule[]>;
  /** For each target, where it is used first. */
  readonly targets: ReadonlyMap<string, number>;
}

/** What lies outside of `rules` and may be named there. */
export interface RuleSources {
  /** The key `sub-rules`. */
  readonly lists: MapValue;
  /** Names of the rule providers. */
  readonly providers: ReadonlySet<string>;
}

/** `rules` and `sub-rules`. `offset` is where the section stands, or where it would. */
export function readRules(
  items: readonly Value[],
  { lists, providers }: RuleSources,
  offset: number,
  names: Names,
  problems: Problems,
): RulesSection {
  const reader = new RulesReader(new Set(lists.entries.keys()), providers, names, problems);
  const subRules = new Map<string, readonly Rule[]>();
  for (const [name, { value }] of lists.entries) {
    const listed = readItems(value, `sub-rules.${name}`, problems) ?? [];
    subRules.set(name, reader.read(listed, `sub-rules.${name}`, name).rules);
  }
  const { rules, ends } = reader.read(items, 'rules', null);
  if (!ends) {
    const message = 'no MATCH rule: flows that no rule matches go DIRECT';
    problems.warn('rules-no-match', offset, message);
  }
  reader.checkCircles();
  return { rules, subRules, targets: reader.targets };
}

function readItems(value: Value, name: string, problems: Problems): readonly Value[] | undefined {
  return list((item) => item)(value, name, problems);
}

class RulesReader {
  /** For each target, where it is used first. */
  readonly targets = new Map<string, number>();
  readonly #lists: ReadonlySet<string>;
  readonly #providers: ReadonlySet<string>;
  readonly #names: Names;
  readonly #problems: Problems;
  /** From the name of a list to those that its rules lead to. */
  readonly #links = new Map<string, { readonly to: string; readonly offset: number }[]>();

  constructor(
    lists: ReadonlySet<string>,
    providers: ReadonlySet<string>,
    names: Names,
    problems: Problems,
  ) {
    this.#lists = lists;
    this.#providers = providers;
    this.#names = names;
    this.#problems = problems;
  }

  /** `path` is the YAML path of the list; `name` null for `rules`. */
  read(
    items: readonly Value[],
    path: string,
    name: string | null,
  ): { rules: Rule[]; ends: boolean } {
    const rules: Rule[] = [];
    /** Index of the first MATCH among the items. */
    let end = -1;
    items.forEach((value, index) => {
      if (value.kind !== 'scalar') {
        const message = `${path}[${index}] must be text, such as "MATCH,DIRECT"`;
        this.#problems.error('value-invalid', value.offset, message);
        return;
      }
      if (end >= 0 && index === end + 1) {
        const message = `nothing from here on is ever reached: the rule before it is MATCH`;
        this.#problems.warn('rule-unreachable', value.offset, message);
      }
      const rule = this.#rule(value, name);
      if (rule === null) return;
      rules.push(rule);
      // What MATCH lets pass goes on to the next rule.
      const endsHere = rule.condition.kind === 'always' && rule.target !== PASS;
      if (end < 0 && endsHere) end = index;
    });
    return { rules, ends: end >= 0 };
  }

  /** A list that leads back to itself is an error that shows the way. */
  checkCircles(): void {
    const done = new Set<string>();
    const way: string[] = [];
    const follow = (name: string): void => {
      if (done.has(name)) return;
      way.push(name);
      for (const { to, offset } of this.#links.get(name) ?? []) {
        const start = way.indexOf(to);
        if (start < 0) {
          if (way.length <= LONGEST_WAY) follow(to);
          else this.#problems.error('sub-rule-too-deep', offset, TOO_DEEP);
          continue;
        }
        const circle = [...way.slice(start), to].map((item) => quote(item)).join(' -> ');
        this.#problems.error('sub-rule-circle', offset, `this leads in a circle: ${circle}`);
      }
      way.pop();
      done.add(name);
    };
    for (const name of this.#links.keys()) follow(name);
  }

  #rule(value: ScalarValue, list: string | null): Rule | null {
    const problems = this.#problems;
    const offsetOf = (offset: number): number =>
      value.textOffset >= 0 ? value.textOffset + offset : value.offset;
    const parsed = parseRule(value.text, problems.position(offsetOf(0)));
    for (const { severity, code, message, offset } of parsed.problems) {
      problems.add(severity, code, offsetOf(offset), message);
    }
    const { rule } = parsed;
    if (rule === null) return null;
    for (const name of setsIn(rule.condition)) {
      if (this.#providers.has(name)) continue;
      const message = `no rule provider is called ${quote(name)}${suggestion(name, this.#providers)}`;
      problems.error('provider-unknown', offsetOf(0), message);
    }
    const offset = offsetOf(parsed.targetOffset);
    if (rule.condition.kind === 'sub-rule') {
      this.#link(list, rule.target, offset);
      return rule;
    }
    if (!this.targets.has(rule.target)) this.targets.set(rule.target, offset);
    this.#names.check({ to: rule.target, offset }, problems);
    return rule;
  }

  #link(from: string | null, to: string, offset: number): void {
    if (!this.#lists.has(to)) {
      const message = `sub-rules has no list ${quote(to)}${suggestion(to, this.#lists)}`;
      this.#problems.error('sub-rule-unknown', offset, message);
      return;
    }
    if (from === null) return;
    const links = this.#links.get(from);
    if (links === undefined) this.#links.set(from, [{ to, offset }]);
    else links.push({ to, offset });
  }
}

/** Names of the rule providers that a condition asks, parts of logic rules included. */
function setsIn(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'rule-set':
      return [condition.name];
    case 'and':
    case 'or':
      return condition.members.flatMap((member) => setsIn(member.condition));
    case 'not':
      return setsIn(condition.member.condition);
    case 'sub-rule':
      return setsIn(condition.when.condition);
    default:
      return [];
  }
}

/** Lists from one to the last that it leads to. */
const LONGEST_WAY = 16;

const TOO_DEEP = `this leads through more than ${LONGEST_WAY} lists`;
