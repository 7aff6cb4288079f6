/** All checks of rules. They need no more than the rules, and the sets that are loaded. */
import type { RuleProgram } from '../compile.ts';
import type { RuleContext } from '../rule-set.ts';
import { broadKeyword } from './broad-keyword.ts';
import { duplicate } from './duplicate.ts';
import { emptySet } from './empty-set.ts';
import type { Check, Finding } from './finding.ts';
import { forcesDns } from './forces-dns.ts';
import { hostBits } from './host-bits.ts';
import { shadowed } from './shadowed.ts';
import { unreachable } from './unreachable.ts';

const checks: readonly Check[] = [
  unreachable,
  duplicate,
  shadowed,
  hostBits,
  forcesDns,
  broadKeyword,
  emptySet,
];

/** In the order of the file. At most one finding removes a rule: the first that wants to. */
export function lintRules({ rules, subRules }: RuleProgram, context: RuleContext): Finding[] {
  const findings: Finding[] = [];
  const removed = new Set<unknown>();
  for (const list of [rules, ...subRules.values()]) {
    for (const check of checks) {
      check({ rules: list, context }, (finding) => {
        const { fix } = finding;
        if (fix?.replace === null) {
          if (removed.has(fix.rule)) return;
          removed.add(fix.rule);
        }
        findings.push(finding);
      });
    }
  }
  const kept = findings.filter(
    ({ fix }) => fix === null || fix.replace === null || !removed.has(fix.rule),
  );
  return kept.sort(
    (a, b) => a.position.line - b.position.line || a.position.column - b.position.column,
  );
}
