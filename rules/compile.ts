/** From a list of rules to its compiled form: at once, or in steps between which others may run. */
import { CompiledRules } from './compiled-rules.ts';
import { runAtOnce, runPaced } from './pace.ts';
import type { Pause, Steps } from './pace.ts';
import type { Rule } from './rule.ts';
import { EMPTY_CONTEXT } from './rule-set.ts';
import type { RuleContext } from './rule-set.ts';

export interface RuleProgram {
  /** In order; the first that matches decides. */
  readonly rules: readonly Rule[];
  /** The lists that SUB-RULE leads to, by name; none leads to itself. */
  readonly subRules: ReadonlyMap<string, readonly Rule[]>;
}

/** For a running engine: no step takes longer than a few milliseconds. */
export function compileInSteps(
  program: RuleProgram,
  context: RuleContext,
  pause: Pause,
): Promise<CompiledRules> {
  return runPaced(compile(program, context), pause);
}

export function compileRules(
  program: RuleProgram,
  context: RuleContext = EMPTY_CONTEXT,
): CompiledRules {
  return runAtOnce(compile(program, context));
}

function* compile({ rules, subRules }: RuleProgram, context: RuleContext): Steps<CompiledRules> {
  const lists = new Map<string, CompiledRules>();
  for (const [name, list] of subRules) {
    const compiled = new CompiledRules(list, context, lists);
    yield* compiled.build();
    lists.set(name, compiled);
  }
  const compiled = new CompiledRules(rules, context, lists);
  yield* compiled.build();
  return compiled;
}
