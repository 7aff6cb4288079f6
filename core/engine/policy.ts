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

/** Where a flow is sent: an upstream, or nowhere. */
export type Destination = Upstream | 'reject' | 'drop';

/** A name of the configuration, followed to its end. */
export interface Route {
  readonly destination: Destination;
  /** Names from the first group to the machine; empty where the flow is refused. */
  readonly chain: readonly string[];
}

export interface Decision extends Route {
  readonly kind: 'decided';
  /** -1: the mode, or the end of the list. */
  readonly ruleIndex: number;
  readonly ruleText: string;
  /** As the rule has it. */
  readonly target: string;
}

/** The outcome depends on the domain, or on the address, which the facts do not have. */
export interface Need {
  readonly kind: 'need-domain' | 'need-ip';
}

export class Policy {
  readonly config: Config;
  readonly #rules: CompiledRules;
  readonly #routes: ReadonlyMap<string, Route>;
  /** Decisions that were made already, by rule index: the same for every flow. */
  readonly #decisions = new Map<number, Decision>();
  readonly #byMode: Decision | null;

  /** `upstreams` by the name of their proxy; those that refuse need none. */
  constructor(config: Config, upstreams: ReadonlyMap<string, Upstream>) {
    this.config = config;
    this.#rules = new CompiledRules(config.rules);
    const routes = new Map<string, Route>();
    for (const [name, target] of config.targets) routes.set(name, routeOf(target, upstreams));
    this.#routes = routes;
    this.#byMode = this.#decidedByMode();
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

  #decidedByMode(): Decision | null {
    const { mode, globalTarget } = this.config;
    if (mode === 'direct') return this.#decision('DIRECT', -1, 'mode: direct');
    if (mode === 'global') return this.#decision(globalTarget, -1, 'mode: global');
    return null;
  }

  #decision(target: string, ruleIndex: number, ruleText: string): Decision {
    const route = this.#routes.get(target);
    // The configuration was checked: a rule with an unknown target is an error there.
    if (route === undefined) throw new TypeError(`Unknown target ${target}.`);
    return { kind: 'decided', ...route, ruleIndex, ruleText, target };
  }
}

function routeOf(target: ResolvedTarget, upstreams: ReadonlyMap<string, Upstream>): Route {
  const { proxy, groups } = target;
  switch (proxy.type) {
    case 'reject':
    case 'unsupported':
      return { destination: 'reject', chain: [] };
    case 'reject-drop':
      return { destination: 'drop', chain: [] };
    case 'direct':
    case 'socks5':
    case 'socks4':
    case 'http': {
      const upstream = upstreams.get(proxy.name);
      if (upstream === undefined) throw new TypeError(`No upstream was built for ${proxy.name}.`);
      return { destination: upstream, chain: [...groups, ...upstream.chain] };
    }
  }
}
