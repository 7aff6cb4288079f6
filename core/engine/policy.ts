/**
 * What one configuration means for flows: its rules, compiled, and its upstreams, built. A policy
 * never changes; applying a configuration builds a new one and swaps it in with one assignment.
 * A flow keeps the policy it began with.
 */
import type { Config, ResolvedTarget } from '../config/config.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { CompiledRules } from '../../rules/compile.ts';
import type { FlowFacts } from '../../rules/flow-facts.ts';
import { formatRule } from '../../rules/parse-rule.ts';
import type { LocalUpstreams } from './local-upstreams.ts';
import { chainOf, targetByMode } from './route-names.ts';

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
}

/** The outcome depends on something that the facts do not have. */
export interface Need {
  readonly kind: 'need-domain' | 'need-ip' | 'need-process';
}

export class Policy {
  readonly config: Config;
  readonly localUpstreams: LocalUpstreams;
  readonly #rules: CompiledRules;
  readonly #upstreams: ReadonlyMap<string, Upstream>;
  /** Decisions that were made already, by rule index: the same for every flow. */
  readonly #decisions = new Map<number, Decision>();
  readonly #byMode: Decision | null;

  /** `upstreams` by the name of their proxy; those that refuse need none. */
  constructor(
    config: Config,
    upstreams: ReadonlyMap<string, Upstream>,
    localUpstreams: LocalUpstreams,
  ) {
    this.config = config;
    this.localUpstreams = localUpstreams;
    this.#rules = new CompiledRules(config.rules);
    this.#upstreams = upstreams;
    const target = targetByMode(config);
    this.#byMode = target === null ? null : this.#decision(target, -1, `mode: ${config.mode}`);
  }

  /** For the programs behind `localUpstreams`. */
  get exempt(): Decision {
    return this.#decision('DIRECT', -1, 'the program behind an upstream on this machine');
  }

  decide(facts: FlowFacts): Decision | Need {
    if (this.#byMode !== null) return this.#byMode;
    const outcome = this.#rules.match(facts);
    if (outcome.kind !== 'decided') return outcome;
    let decision = this.#decisions.get(outcome.index);
    if (decision === undefined) {
      const text = outcome.rule === null ? 'no rule matched' : formatRule(outcome.rule);
      decision = this.#decision(outcome.target, outcome.index, text);
      this.#decisions.set(outcome.index, decision);
    }
    return decision;
  }

  #decision(target: string, ruleIndex: number, ruleText: string): Decision {
    const found = this.config.targets.get(target);
    // The configuration was checked: a rule with an unknown target is an error there.
    if (found === undefined) throw new TypeError(`The configuration has no target ${target}.`);
    const destination = this.#destinationOf(found);
    const chain = chainOf(this.config, target);
    return { kind: 'decided', destination, chain, ruleIndex, ruleText };
  }

  #destinationOf({ proxy }: ResolvedTarget): Destination {
    if (proxy.type === 'reject') return 'reject';
    if (proxy.type === 'reject-drop') return 'drop';
    const upstream = this.#upstreams.get(proxy.name);
    if (upstream === undefined) throw new TypeError(`No upstream was built for ${proxy.name}.`);
    return upstream;
  }
}
