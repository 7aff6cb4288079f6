/**
 * What one configuration means for flows: its rules, compiled, and its proxies and groups. Applying
 * a configuration builds a new one and swaps it in with one assignment; a flow keeps the policy it
 * began with. Where a rule's target leads is found out when a flow asks, and remembered until a
 * group or the mode changes.
 */
import type { Explanation } from '../api/explain.ts';
import type { GroupChoice } from '../api/proxies.ts';
import type { Network } from '../api/flows.ts';
import type { Mode } from '../api/status.ts';
import { GLOBAL } from '../config/built-ins.ts';
import type { Config } from '../config/config.ts';
import { chainOf, follow } from '../groups/group.ts';
import type { Group, Member, Way } from '../groups/group.ts';
import type { Groups } from '../groups/groups.ts';
import type { Upstream } from '../upstream/upstream.ts';
import type { CompiledRules } from '../../rules/compiled-rules.ts';
import type { FlowFacts } from '../../rules/flow-facts.ts';
import { UNMATCHED_TARGET } from '../../rules/outcome.ts';
import type { Decided, Outcome } from '../../rules/outcome.ts';
import { formatRule } from '../../rules/parse-rule.ts';
import type { LocalUpstreams } from './local-upstreams.ts';

/** Where a flow is sent: an upstream, or nowhere. */
export type Destination = Upstream | 'reject' | 'drop';

export interface Decision {
  readonly kind: 'decided';
  readonly destination: Destination;
  /** Names from the first group to the machine; empty where the flow is refused. */
  readonly chain: readonly string[];
  /** -1: the mode, or the end of the list. */
  readonly ruleIndex: number;
  readonly ruleText: string;
  /** As the rule names it: a proxy, a group, a built-in. */
  readonly target: string;
  /** What each group on the way chose, outermost first. */
  readonly why: readonly GroupChoice[];
  /** The members on the way, from the target on. */
  readonly way: Way;
}

/** The outcome depends on something that the facts do not have. */
export type Need = Exclude<Outcome, Decided>;

/** What led to a target. */
interface Cause {
  readonly index: number;
  readonly text: string;
  readonly target: string;
}

interface Known {
  readonly generation: number;
  /** Null: the target passes, and the next rule decides. */
  readonly decision: Decision | null;
  /** The groups that were asked. */
  readonly groups: readonly Group[];
}

/** How often a rule decided, since its configuration was applied. */
export interface RuleHits {
  count: number;
  /** The latest time, milliseconds since the epoch; 0: never. */
  at: number;
}

export class Policy {
  readonly config: Config;
  readonly groups: Groups;
  readonly localUpstreams: LocalUpstreams;
  /** When it was made. */
  readonly since = new Date();
  /** Of `config`, compiled. */
  readonly rules: CompiledRules;
  /** Decisions that were made already, by the way through the rules, the same for every flow. */
  readonly #known: Readonly<Record<Network, Map<Decided, Known>>> = {
    tcp: new Map(),
    udp: new Map(),
  };
  /** By rule index, of rules that have decided. */
  readonly #hits = new Map<number, RuleHits>();
  readonly #disabled = new Set<number>();
  /** The same, of the mode. */
  readonly #byMode: Record<Network, Known | null> = { tcp: null, udp: null };
  #mode: Mode;
  /** Of the rule that matches everything. */
  readonly #matchTarget: string;

  constructor(
    config: Config,
    rules: CompiledRules,
    groups: Groups,
    localUpstreams: LocalUpstreams,
  ) {
    this.config = config;
    this.rules = rules;
    this.groups = groups;
    this.localUpstreams = localUpstreams;
    this.#mode = config.mode;
    const last = rules.rules.find(({ condition }) => condition.kind === 'always');
    this.#matchTarget = last?.target ?? UNMATCHED_TARGET;
  }

  get mode(): Mode {
    return this.#mode;
  }

  /** New flows go by it; those that are open stay as they are. */
  set mode(mode: Mode) {
    this.#mode = mode;
    this.#byMode.tcp = null;
    this.#byMode.udp = null;
  }

  /** The target that the mode imposes on every flow, or null where the rules decide. */
  get imposedTarget(): string | null {
    if (this.#mode === 'rule') return null;
    return this.#mode === 'direct' ? 'DIRECT' : GLOBAL;
  }

  /** Where flows go that no rule of their own claims. */
  get finalTarget(): string {
    return this.imposedTarget ?? this.#matchTarget;
  }

  /** By rule index; rules that never decided are not in it. */
  get hits(): ReadonlyMap<number, Readonly<RuleHits>> {
    return this.#hits;
  }

  /** Indexes of rules that are passed over until the next configuration. */
  get disabled(): ReadonlySet<number> {
    return this.#disabled;
  }

  setDisabled(index: number, isDisabled: boolean): void {
    if (isDisabled) this.#disabled.add(index);
    else this.#disabled.delete(index);
  }

  /** For the programs behind `localUpstreams`. */
  get exempt(): Decision {
    const way = follow(this.#member('DIRECT'), null);
    const text = 'the program behind an upstream on this machine';
    if (way.proxy === null) throw new TypeError('There is no DIRECT.');
    return decisionOf({ index: -1, text, target: 'DIRECT' }, way, way.proxy);
  }

  /** Null where nothing is called so. Follows groups to where they lead now. */
  upstreamNamed(name: string): Upstream | 'reject' | 'drop' | null {
    const member = this.groups.get(name);
    if (member === undefined) return null;
    const destination = destinationOf(follow(member, null));
    return destination === 'pass' ? 'reject' : destination;
  }

  /** What would become of a flow that is sent to this target. */
  leadsTo(target: string, facts: FlowFacts): Pick<Explanation, 'chain' | 'choices'> {
    const way = follow(this.#member(target), facts, 'look');
    const isRefused = facts.network === 'udp' && isUdpDisabled(way);
    return { chain: isRefused ? [] : chainOf(way), choices: way.why };
  }

  /** Whether the next rule decides where this is a rule's target. */
  passes(target: string, facts: FlowFacts): boolean {
    return destinationOf(follow(this.#member(target), facts, 'look')) === 'pass';
  }

  decide(facts: FlowFacts): Decision | Need {
    const imposed = this.imposedTarget;
    if (imposed !== null) return this.#decideByMode(imposed, facts);
    let outcome: Outcome = this.rules.match(facts);
    while (outcome.kind === 'decided') {
      const decision = this.#disabled.has(outcome.index) ? null : this.#decisionFor(outcome, facts);
      if (decision !== null) {
        this.#count(outcome.index);
        return decision;
      }
      outcome = this.rules.matchAfter(facts, outcome);
    }
    return outcome;
  }

  /**
   * Another way for a flow whose upstream carries no UDP: the next member of the innermost group
   * that leads to one that does, then of the group around it. Never straight out: what was to go
   * through a proxy is not shown to the network. Null where there is none.
   */
  udpAlternative(decision: Decision, canUdp: (upstream: Upstream) => boolean): Decision | null {
    const { groups } = decision.way;
    for (let depth = groups.length - 1; depth >= 0; depth -= 1) {
      const group = groups[depth];
      if (group === undefined) continue;
      const taken = groups[depth + 1] ?? decision.way.proxy;
      for (const member of othersAfter(group, taken)) {
        const rest = follow(member, null);
        const destination = destinationOf(rest);
        if (typeof destination === 'string' || destination.type === 'Direct') continue;
        if (isUdpDisabled(rest)) continue;
        if (!canUdp(destination)) continue;
        const way = joinWays(groups.slice(0, depth + 1), decision.why.slice(0, depth), rest);
        return { ...decision, destination, chain: chainOf(way), why: way.why, way };
      }
    }
    return null;
  }

  #count(index: number): void {
    let hits = this.#hits.get(index);
    if (hits === undefined) {
      hits = { count: 0, at: 0 };
      this.#hits.set(index, hits);
    }
    hits.count += 1;
    hits.at = Date.now();
  }

  /** Null: the target passes. */
  #decisionFor(outcome: Decided, facts: FlowFacts): Decision | null {
    const known = this.#known[facts.network];
    const before = known.get(outcome);
    if (before !== undefined && this.#holds(before)) return before.decision;
    const { index, target } = outcome;
    const found = this.#find({ index, target, text: textOf(outcome) }, facts);
    known.set(outcome, found);
    return found.decision;
  }

  #decideByMode(target: string, facts: FlowFacts): Decision {
    const before = this.#byMode[facts.network];
    if (before?.decision != null && this.#holds(before)) return before.decision;
    const cause = { index: -1, text: `mode: ${this.#mode}`, target };
    const found = this.#find(cause, facts);
    this.#byMode[facts.network] = found;
    // There is no next rule to pass to.
    return found.decision ?? decisionOf(cause, follow(this.#member(target), facts), 'reject');
  }

  /** Whether the next flow is led the same way. */
  #holds({ generation, groups }: Known): boolean {
    if (generation !== this.groups.generation) return false;
    for (const group of groups) {
      if (group.isPerFlow) return false;
      group.touch();
    }
    return true;
  }

  #find(cause: Cause, facts: FlowFacts): Known {
    const { generation } = this.groups;
    const way = follow(this.#member(cause.target), facts);
    const { groups } = way;
    for (const group of groups) group.touch();
    const destination = destinationOf(way);
    if (destination === 'pass') return { generation, decision: null, groups };
    const isRefused = facts.network === 'udp' && isUdpDisabled(way);
    const decision = decisionOf(cause, way, isRefused ? 'reject' : destination);
    return { generation, decision, groups };
  }

  #member(name: string): Member {
    const member = this.groups.get(name);
    // The configuration was checked: a rule with an unknown target is an error there.
    if (member === undefined) throw new TypeError(`The configuration has no target ${name}.`);
    return member;
  }
}

/** The rule that decided; of SUB-RULE with the one of its list. */
export function textOf({ rule, sub }: Decided): string {
  if (rule === null) return 'no rule matched';
  return sub === null ? formatRule(rule) : `${formatRule(rule)} > ${textOf(sub)}`;
}

function decisionOf(cause: Cause, way: Way, destination: Destination): Decision {
  return {
    kind: 'decided',
    destination,
    chain: typeof destination === 'string' ? [] : chainOf(way),
    ruleIndex: cause.index,
    ruleText: cause.text,
    target: cause.target,
    why: way.why,
    way,
  };
}

function isUdpDisabled({ groups }: Way): boolean {
  return groups.some(({ config }) => config.disableUdp);
}

function destinationOf({ proxy }: Way): Destination | 'pass' {
  if (proxy === null) return 'reject';
  return proxy.disposition === 'forward' ? proxy : proxy.disposition;
}

/** In turn from the one after `taken`, which is left out. */
function othersAfter(group: Group, taken: Member | null): Member[] {
  const { members } = group;
  const start = taken === null ? -1 : members.indexOf(taken);
  return [...members.slice(start + 1), ...members.slice(0, Math.max(start, 0))].filter((member) =>
    group.canUse(member),
  );
}

function joinWays(groups: readonly Group[], why: readonly GroupChoice[], rest: Way): Way {
  const innermost = groups.at(-1)?.name ?? '';
  const member = rest.groups[0]?.name ?? rest.proxy?.name ?? '';
  return {
    groups: [...groups, ...rest.groups],
    proxy: rest.proxy,
    why: [...why, { group: innermost, member, reason: 'udp' }, ...rest.why],
  };
}
