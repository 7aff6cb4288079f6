/** From the entries of a list to the set that rules ask, in slices. */
import { setImmediate } from 'node:timers/promises';
import { runPaced } from '../../rules/pace.ts';
import type { RuleContext, RuleSet } from '../../rules/rule-set.ts';
import { ClassicalSetBuilder } from '../../rules/sets/classical-set.ts';
import { DomainSetBuilder } from '../../rules/sets/domain-set.ts';
import { PrefixSetBuilder } from '../../rules/sets/prefix-set.ts';
import { quote } from '../../rules/text.ts';
import { forEachEntry, MOST_PROBLEMS } from './entries.ts';
import type { EntryList, ListProblem } from './entries.ts';
import { ListError } from './list-error.ts';

export interface BuiltSet {
  readonly set: RuleSet;
  /** Lines that were passed over. */
  readonly broken: number;
  /** The first of them, in order. */
  readonly problems: readonly ListProblem[];
}

type Behavior = RuleSet['behavior'];

/**
 * `context`: where GEOIP and GEOSITE in the entries look.
 * Rejects with `ListError` where there is nothing in the list, or more is broken than right, or
 * with the reason of `signal`.
 */
export async function buildSet(
  behavior: Behavior,
  list: EntryList,
  context: RuleContext,
  signal: AbortSignal,
): Promise<BuiltSet> {
  const problems: ListProblem[] = [...list.problems];
  let { broken } = list;
  const report = (entry: string, line: number, why: string): void => {
    if (broken++ < MOST_PROBLEMS) problems.push({ line, message: `${quote(entry)} ${why}` });
  };
  const set = await fill(behavior, list, context, report, signal);
  problems.sort((a, b) => a.line - b.line);
  const [first] = problems;
  const example = first === undefined ? '' : `, such as line ${first.line}: ${first.message}`;
  if (set.size === 0) {
    const message = broken === 0 ? 'there is no entry in it' : `no entry of it is right${example}`;
    throw new ListError('ERR_LIST_EMPTY', message);
  }
  if (broken > set.size) {
    const message = `${broken} of its lines are broken, and ${set.size} right${example}`;
    throw new ListError('ERR_LIST_BROKEN', message);
  }
  return { set, broken, problems: problems.slice(0, MOST_PROBLEMS) };
}

type Report = (entry: string, line: number, why: string) => void;

async function fill(
  behavior: Behavior,
  list: EntryList,
  context: RuleContext,
  report: Report,
  signal: AbortSignal,
): Promise<RuleSet> {
  switch (behavior) {
    case 'domain': {
      const builder = new DomainSetBuilder(list.count);
      await forEachEntry(
        list,
        (entry, line) => {
          if (!builder.add(entry, line)) report(entry, line, 'is not a domain name');
        },
        signal,
      );
      return runPaced(builder.build(), () => setImmediate());
    }
    case 'ipcidr': {
      const builder = new PrefixSetBuilder();
      await forEachEntry(
        list,
        (entry, line) => {
          if (!builder.add(entry, line)) report(entry, line, 'is not an address or a prefix');
        },
        signal,
      );
      return runPaced(builder.build(), () => setImmediate());
    }
    case 'classical': {
      const builder = new ClassicalSetBuilder(context);
      await forEachEntry(
        list,
        (entry, line) => {
          const error = builder.add(entry, line).find(({ severity }) => severity === 'error');
          if (error !== undefined) report(entry, line, `is not a rule: ${error.message}`);
        },
        signal,
      );
      return runPaced(builder.build(), () => setImmediate());
    }
  }
}
