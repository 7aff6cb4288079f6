/**
 * Rules that an earlier one covers: a domain under a suffix or with a keyword in it, a prefix in a
 * prefix, ports in ports, a name that a RULE-SET before it contains. The indexes of the rules
 * themselves find the earliest candidate, so that long lists cost no more than compiling them.
 */
import { DomainIndex } from '../indexes/domain-index.ts';
import type { RuleTaker } from '../indexes/postings.ts';
import { PrefixIndex, RangeIndex } from '../indexes/prefix-index.ts';
import { PASS } from '../outcome.ts';
import { runAtOnce } from '../pace.ts';
import { formatRule } from '../parse-rule.ts';
import type { Condition, Rule } from '../rule.ts';
import type { RuleContext, RuleSet } from '../rule-set.ts';
import { quote } from '../text.ts';
import { removal } from './finding.ts';
import type { Check } from './finding.ts';

export const shadowed: Check = ({ rules, context }, report) => {
  const cover = new Cover(rules, context);
  rules.forEach((rule, index) => {
    if (rule.target === PASS) return;
    const earlier = cover.of(rule.condition, index);
    if (earlier === undefined) return;
    const isSame = earlier.target === rule.target;
    const { line } = earlier.position;
    const by = `${quote(formatRule(earlier))} in line ${line}`;
    const also = isSame ? ', and leads there as well' : '';
    report({
      severity: isSame ? 'info' : 'warning',
      code: 'rule-shadowed',
      message: `this rule never decides: ${by} covers it${also}`,
      position: rule.position,
      // What a list contains may change.
      fix: { ...removal(rule), isSafe: earlier.condition.kind !== 'rule-set' },
    });
  });
};

class Cover {
  readonly #rules: readonly Rule[];
  /** Suffixes and keywords; exact names cover nothing but duplicates. */
  readonly #domains = new DomainIndex();
  readonly #dst = new PrefixIndex();
  readonly #src = new PrefixIndex();
  readonly #ports = { dst: new RangeIndex(), src: new RangeIndex(), in: new RangeIndex() };
  readonly #sets: { readonly index: number; readonly set: RuleSet }[] = [];

  constructor(rules: readonly Rule[], context: RuleContext) {
    this.#rules = rules;
    rules.forEach(({ condition, target }, index) => {
      if (target !== PASS) this.#add(condition, index, context);
    });
    runAtOnce(this.#domains.seal());
    for (const prefixes of [this.#dst, this.#src]) prefixes.seal();
    for (const ports of Object.values(this.#ports)) ports.seal();
  }

  /** The first rule before `index` that matches whenever the condition does. */
  of(condition: Condition, index: number): Rule | undefined {
    switch (condition.kind) {
      case 'domain':
      case 'domain-suffix': {
        const isSuffix = condition.kind === 'domain-suffix';
        const name = isSuffix ? condition.suffix : condition.domain;
        const taker = new Earliest(
          index,
          (rule) => this.#kindOf(rule) !== condition.kind || !this.#isSame(rule, name),
        );
        this.#domains.find(name, taker);
        const inSet = this.#sets.find(
          (one) => one.index < taker.best && contains(one.set, name, isSuffix),
        );
        return this.#before(Math.min(taker.best, inSet?.index ?? index), index);
      }
      case 'domain-keyword': {
        const { keyword } = condition;
        // A keyword in a keyword: only keywords are asked, since a keyword is no name.
        const taker = new Earliest(index, (rule) => {
          return this.#kindOf(rule) === 'domain-keyword' && !this.#isSame(rule, keyword);
        });
        this.#domains.find(keyword, taker);
        return this.#before(taker.best, index);
      }
      case 'ip-cidr': {
        const { prefix, src, noResolve } = condition;
        const taker = new Earliest(index, (rule) => {
          const other = this.#rules[rule]?.condition;
          if (other?.kind !== 'ip-cidr' || other.prefix.length > prefix.length) return false;
          // Duplicates have a check of their own.
          if (other.prefix.length === prefix.length && other.noResolve === noResolve) return false;
          // Flows that come with their name alone pass a no-resolve rule by.
          return src || !other.noResolve || noResolve;
        });
        (src ? this.#src : this.#dst).find(prefix.ip, taker);
        return this.#before(taker.best, index);
      }
      case 'port': {
        const { of, ranges } = condition;
        const [first] = ranges;
        if (first === undefined) return undefined;
        const own = JSON.stringify(ranges);
        const taker = new Earliest(index, (rule) => {
          const other = this.#rules[rule]?.condition;
          if (other?.kind !== 'port' || JSON.stringify(other.ranges) === own) return false;
          return ranges.every((range) =>
            other.ranges.some(({ first, last }) => first <= range.first && range.last <= last),
          );
        });
        this.#ports[of].find(first.first, taker);
        return this.#before(taker.best, index);
      }
      default:
        return undefined;
    }
  }

  #add(condition: Condition, index: number, context: RuleContext): void {
    switch (condition.kind) {
      case 'domain-suffix':
        this.#domains.addSuffix(condition.suffix, index);
        break;
      case 'domain-keyword':
        this.#domains.addKeyword(condition.keyword, index);
        break;
      case 'ip-cidr':
        (condition.src ? this.#src : this.#dst).add(condition.prefix, index);
        break;
      case 'port':
        this.#ports[condition.of].add(condition.ranges, index);
        break;
      case 'rule-set': {
        const set = context.ruleSets.get(condition.name)?.current;
        if (set?.behavior === 'domain') this.#sets.push({ index, set });
        break;
      }
      default:
        break;
    }
  }

  #kindOf(rule: number): Condition['kind'] | undefined {
    return this.#rules[rule]?.condition.kind;
  }

  /** Duplicates have a check of their own. */
  #isSame(rule: number, text: string): boolean {
    const condition = this.#rules[rule]?.condition;
    if (condition?.kind === 'domain-suffix') return condition.suffix === text;
    return condition?.kind === 'domain-keyword' && condition.keyword === text;
  }

  #before(found: number, index: number): Rule | undefined {
    return found < index ? this.#rules[found] : undefined;
  }
}

/** A name, or a name with all below it: sets have no lists of what they contain. */
function contains(set: RuleSet, name: string, below: boolean): boolean {
  if (!set.hasDomain(name)) return false;
  // No list has this label: only an entry for everything below can answer.
  return !below || set.hasDomain(`sluice-no-such-name.also.${name}`);
}

class Earliest implements RuleTaker {
  best: number;
  readonly #accepts: (rule: number) => boolean;

  constructor(before: number, accepts: (rule: number) => boolean) {
    this.best = before;
    this.#accepts = accepts;
  }

  take(rules: Int32Array, start: number, end: number): void {
    // Equal entries are accepted or refused alike: a few of them tell.
    for (let at = start; at < Math.min(end, start + 8); at++) {
      const rule = rules[at] ?? this.best;
      if (rule >= this.best) return;
      if (!this.#accepts(rule)) continue;
      this.best = rule;
      return;
    }
  }
}
