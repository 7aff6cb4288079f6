/** The entries of a provider of behavior `classical`: rules without targets, compiled like a rule list. */
import { CompiledRules } from '../compiled-rules.ts';
import { evaluate } from '../evaluate.ts';
import { TUN_INBOUND } from '../flow-facts.ts';
import type { FlowFacts } from '../flow-facts.ts';
import type { Ip } from '../ip.ts';
import type { Steps } from '../pace.ts';
import { parseProviderLine } from '../parse-clause.ts';
import { formatClause } from '../parse-rule.ts';
import type { AddressFlags, Rule, RuleProblem } from '../rule.ts';
import type { RuleContext, RuleSet, SetEntry } from '../rule-set.ts';
import { YES } from '../verdict.ts';
import type { Verdict } from '../verdict.ts';

const NO_LISTS: ReadonlyMap<string, CompiledRules> = new Map();

export class ClassicalSetBuilder {
  readonly #context: RuleContext;
  readonly #rules: Rule[] = [];

  /** `context`: where GEOIP and GEOSITE in the entries look. */
  constructor(context: RuleContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#rules.length;
  }

  /** What is wrong with the entry: where there is an error in it, it was not added. */
  add(entry: string, line: number): readonly RuleProblem[] {
    const { clause, problems } = parseProviderLine(entry);
    if (clause !== null) this.#rules.push({ ...clause, target: '', position: { line, column: 1 } });
    return problems;
  }

  *build(): Steps<ClassicalSet> {
    const compiled = new CompiledRules(this.#rules, this.#context, NO_LISTS);
    yield* compiled.build();
    return new ClassicalSet(compiled);
  }
}

export class ClassicalSet implements RuleSet {
  readonly behavior = 'classical';
  readonly #compiled: CompiledRules;

  constructor(compiled: CompiledRules) {
    this.#compiled = compiled;
  }

  get size(): number {
    return this.#compiled.rules.length;
  }

  test(facts: FlowFacts, flags: AddressFlags): Verdict {
    return this.#compiled.test(seenWith(flags, facts));
  }

  find(facts: FlowFacts, flags: AddressFlags): SetEntry | null {
    const seen = seenWith(flags, facts);
    const { rules, context } = this.#compiled;
    const rule = rules.find(({ condition }) => evaluate(condition, seen, context) === YES);
    return rule === undefined ? null : { line: rule.position.line, text: formatClause(rule) };
  }

  hasDomain(domain: string): boolean {
    return this.#compiled.test({ ...NOTHING, domain }) === YES;
  }

  hasIp(ip: Ip): boolean {
    return this.#compiled.test({ ...NOTHING, dstIp: ip }) === YES;
  }
}

/** A flow of which only one thing is known, and the rest will never be. */
const NOTHING: FlowFacts = {
  network: 'tcp',
  srcIp: { family: 4, w0: 0, w1: 0, w2: 0, w3: 0 },
  srcPort: 0,
  dstIp: null,
  dstPort: 0,
  domain: null,
  dstIpResolved: false,
  zone: 'host',
  dscp: 0,
  inbound: TUN_INBOUND,
  process: null,
};

/** As in mihomo, `src` turns the flow around, and a name is not resolved for `no-resolve`. */
function seenWith({ src, noResolve }: AddressFlags, facts: FlowFacts): FlowFacts {
  if (src) {
    const { srcIp, srcPort, dstIp, dstPort } = facts;
    return {
      ...facts,
      srcIp: dstIp ?? NOTHING.srcIp,
      srcPort: dstPort,
      dstIp: srcIp,
      dstPort: srcPort,
    };
  }
  return noResolve && facts.dstIp === undefined ? { ...facts, dstIp: null } : facts;
}
