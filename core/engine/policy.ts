/**
 * What one configuration means for flows: its rules, compiled, and its upstreams, built. A policy
 * never changes; applying a configuration builds a new one and swaps it in with one assignment.
 * A flow keeps the policy it began with.
 */
import type { Config } from '../config/config.ts';
import type { Upstream } from '../upstream/upstream.ts';
import { CompiledRules } from '../../rules/compile.ts';
import type { FlowFacts } from '../../rules/flow-facts.ts';
import { formatRule } from '../../rules/parse-rule.ts';

/** What a target's name stands for. */
export type Destination = Upstream | 'reject' | 'drop';

/** Finds what a name of the configuration stands for, groups followed to the member in use. */
export interface Directory {
  find(name: string): Destination;
}

export interface Decision {
  readonly kind: 'decided';
  readonly destination: Destination;
  /** -1: the mode, or the end of the list. */
  readonly ruleIndex: number;
  readonly ruleText: string;
  readonly target: string;
}

/** The outcome depends on the domain, or on the address, which the facts do not have. */
export interface Need {
  readonly kind: 'need-domain' | 'need-ip';
}

export class Policy {
  readonly config: Config;
  readonly directory: Directory;
  readonly #rules: CompiledRules;
  /** Texts of rules that decided already. */
  readonly #texts = new Map<number, string>();

  constructor(config: Config, directory: Directory) {
    this.config = config;
    this.directory = directory;
    this.#rules = new CompiledRules(config.rules);
  }

  decide(facts: FlowFacts): Decision | Need {
    const { mode, globalTarget } = this.config;
    if (mode === 'direct') return this.#decided('DIRECT', -1, 'mode: direct');
    if (mode === 'global') return this.#decided(globalTarget, -1, 'mode: global');
    const outcome = this.#rules.match(facts);
    if (outcome.kind !== 'decided') return outcome;
    return this.#decided(outcome.target, outcome.index, this.#textOf(outcome.index));
  }

  #decided(target: string, ruleIndex: number, ruleText: string): Decision {
    return {
      kind: 'decided',
      destination: this.directory.find(target),
      ruleIndex,
      ruleText,
      target,
    };
  }

  #textOf(index: number): string {
    let text = this.#texts.get(index);
    if (text === undefined) {
      const rule = this.#rules.rules[index];
      text = rule === undefined ? 'no rule matched' : formatRule(rule);
      this.#texts.set(index, text);
    }
    return text;
  }
}
