/**
 * Which of the flows that are known a new rule would lead elsewhere: each is asked of the rules in
 * force and of the same list with the rule in it, both compiled, with what was found out about the flow
 * when it was decided. Runs in short steps, so that flows go on meanwhile. Holds no state.
 */
import { SluiceError } from '../api/errors.ts';
import { MAX_PREVIEWED } from '../api/rule-preview.ts';
import type {
  AskedFlow,
  CandidateList,
  PreviewedFlow,
  PreviewRequest,
  PreviewWay,
  RulePreview,
} from '../api/rule-preview.ts';
import { compileInSteps } from '../../rules/compile.ts';
import type { CompiledRules } from '../../rules/compiled-rules.ts';
import type { FlowFacts } from '../../rules/flow-facts.ts';
import { setsIn } from '../../rules/lint/empty-set.ts';
import type { Decided, Outcome } from '../../rules/outcome.ts';
import { PASS } from '../../rules/outcome.ts';
import { runPaced } from '../../rules/pace.ts';
import type { Pause, Steps } from '../../rules/pace.ts';
import { parseRule } from '../../rules/parse-rule.ts';
import type { Rule } from '../../rules/rule.ts';
import { quote } from '../../rules/text.ts';
import { matchPassing } from './ask-rules.ts';
import type { FlowRecord, FlowTable } from './flow-table.ts';
import { textOf } from './policy.ts';
import type { Policy } from './policy.ts';
import { candidatesFor } from './rule-candidates.ts';

export async function listCandidates(
  policy: Policy,
  table: FlowTable,
  ids: readonly number[],
  pause: Pause,
): Promise<CandidateList> {
  const { rules } = policy.config;
  const records = ids.map((id) => table.find(id)).filter((record) => record !== undefined);
  const flows = records.map(factsOf).filter((facts) => facts !== null);
  const places = flows.map((facts) => placeOf(matchPassing(policy, facts), rules.length));
  const match = rules.findIndex(({ condition, target }) => {
    return condition.kind === 'always' && target !== PASS;
  });
  return {
    known: flows.length,
    candidates: await runPaced(candidatesFor(flows, policy.rules.context), pause),
    decidedAt: Math.min(rules.length, ...places),
    matchAt: match < 0 ? rules.length : match,
    count: rules.length,
  };
}

function placeOf({ index }: Outcome, count: number): number {
  return index < 0 ? count : index;
}

/** Rejects with `ERR_RULE_INVALID`. */
export async function previewRule(
  policy: Policy,
  table: FlowTable,
  { rule: text, at, ids }: PreviewRequest,
  pause: Pause,
): Promise<RulePreview> {
  const rule = readRule(policy, text);
  const { rules, subRules } = policy.config;
  const place = Math.min(at, rules.length);
  const compiled = await compileInSteps(
    { rules: rules.toSpliced(place, 0, rule), subRules },
    policy.rules.context,
    pause,
  );
  const survey = new Survey(policy, compiled, place, new Set(ids));
  await runPaced(survey.look([...table.recent(), ...table.live()]), pause);
  return survey.result();
}

function readRule(policy: Policy, text: string): Rule {
  const { rule, problems } = parseRule(text, { line: 0, column: 0 });
  const error = problems.find(({ severity }) => severity === 'error');
  if (rule === null || error !== undefined) {
    throw new SluiceError('ERR_RULE_INVALID', error?.message ?? `${quote(text)} is no rule`);
  }
  const { condition, target } = rule;
  const isList = condition.kind === 'sub-rule';
  if (isList ? !policy.config.subRules.has(target) : policy.groups.get(target) === undefined) {
    const what = isList ? 'list of sub-rules' : 'proxy or group';
    throw new SluiceError('ERR_RULE_INVALID', `no ${what} is called ${quote(target)}`);
  }
  for (const name of setsIn(condition)) {
    if (policy.rules.context.ruleSets.has(name)) continue;
    throw new SluiceError('ERR_RULE_INVALID', `no rule provider is called ${quote(name)}`);
  }
  return rule;
}

/** What the rules were asked with, and what was found out since; null where no rule was asked. */
function factsOf({ facts, process }: FlowRecord): FlowFacts | null {
  if (facts === null || facts.process !== undefined || process === null) return facts;
  return { ...facts, process };
}

interface Way {
  readonly from: readonly string[];
  readonly to: readonly string[];
  count: number;
  live: number;
}

/** Flows between two chances for others to run; each costs a few microseconds. */
const FEW = 64;

class Survey {
  readonly #policy: Policy;
  readonly #place: number;
  readonly #ids: ReadonlySet<number>;
  /** With the rule in its place. */
  readonly #compiled: CompiledRules;
  /** What rules do not decide. */
  readonly #exempt: string;
  #looked = 0;
  #caught = 0;
  readonly #ways = new Map<string, Way>();
  readonly #moved: { readonly record: FlowRecord; readonly way: Way }[] = [];
  readonly #unknown = { name: 0, address: 0, process: 0 };
  readonly #asked: AskedFlow[] = [];

  constructor(policy: Policy, compiled: CompiledRules, place: number, ids: ReadonlySet<number>) {
    this.#policy = policy;
    this.#place = place;
    this.#ids = ids;
    this.#compiled = compiled;
    this.#exempt = policy.exempt.ruleText;
  }

  *look(records: readonly FlowRecord[]): Steps<void> {
    for (const [n, record] of records.entries()) {
      if (n % FEW === 0) yield;
      const facts = factsOf(record);
      if (facts === null || record.ruleText === this.#exempt) continue;
      this.#looked += 1;
      const after = this.#matchAfter(facts);
      if (this.#ids.has(record.id)) this.#asked.push(this.#askedFlow(record.id, after));
      if (after.kind !== 'decided') this.#unknown[UNKNOWN[after.kind]] += 1;
      else if (after.index === this.#place) this.#catch(record, facts, after);
    }
  }

  result(): RulePreview {
    const ways = [...this.#ways.values()].sort((a, b) => b.count - a.count);
    return {
      mode: this.#policy.mode,
      looked: this.#looked,
      caught: this.#caught,
      ways: ways.map((way): PreviewWay => ({ ...way })),
      flows: this.#moved
        .slice(-MAX_PREVIEWED)
        .toReversed()
        .map(({ record, way }) => previewed(record, ways.indexOf(way))),
      live: this.#moved.flatMap(({ record }) => (record.ended === 0 ? [record.id] : [])),
      unknown: this.#unknown,
      asked: this.#asked,
    };
  }

  /** The rules behind the new one are disabled by the places that they have without it. */
  #matchAfter(facts: FlowFacts): Outcome {
    const { disabled } = this.#policy;
    return matchPassing(this.#policy, facts, this.#compiled, (index) => {
      if (index === this.#place) return false;
      return disabled.has(index > this.#place ? index - 1 : index);
    });
  }

  #askedFlow(id: number, after: Outcome): AskedFlow {
    if (after.kind !== 'decided') return { id, result: 'unknown', rule: '' };
    const { index } = after;
    const isEarlier = index >= 0 && index < this.#place;
    const result = index === this.#place ? 'caught' : isEarlier ? 'earlier' : 'missed';
    return { id, result, rule: textOf(after) };
  }

  #catch(record: FlowRecord, facts: FlowFacts, after: Decided): void {
    this.#caught += 1;
    const before = matchPassing(this.#policy, facts);
    const from = before.kind === 'decided' ? this.#wayOf(before, facts) : [];
    const to = this.#wayOf(after, facts);
    const key = `${from.join('\n')}\n\n${to.join('\n')}`;
    if (from.join('\n') === to.join('\n')) return;
    let way = this.#ways.get(key);
    if (way === undefined) this.#ways.set(key, (way = { from, to, count: 0, live: 0 }));
    way.count += 1;
    if (record.ended === 0) way.live += 1;
    this.#moved.push({ record, way });
  }

  /** As a chain; of what is refused, its target. */
  #wayOf({ target }: Decided, facts: FlowFacts): readonly string[] {
    const { chain } = this.#policy.leadsTo(target, facts);
    return chain.length === 0 ? [target] : chain;
  }
}

const UNKNOWN = { 'need-domain': 'name', 'need-ip': 'address', 'need-process': 'process' } as const;

function previewed(record: FlowRecord, way: number): PreviewedFlow {
  const { id, ended, network, domain, dst, dstPort, zone, process } = record;
  return {
    id,
    isLive: ended === 0,
    network,
    host: domain ?? dst,
    port: dstPort,
    zone,
    process: process?.name ?? '',
    way,
  };
}
