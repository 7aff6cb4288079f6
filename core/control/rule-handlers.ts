/** What core does for the endpoint about rules that decide. */
import type { RuleHitList } from '../api/rule-hits.ts';
import type { ControlService } from './service.ts';

export function listHits({ policy }: ControlService): RuleHitList {
  const { config, hits, since } = policy;
  const byIndex = [...hits].sort(([a], [b]) => a - b);
  return {
    since: since.toISOString(),
    hits: byIndex.flatMap(([index, { count, at }]) => {
      const rule = config.rules[index];
      const { line } = rule?.position ?? { line: 0 };
      return rule === undefined ? [] : [{ index, line, count, at: new Date(at).toISOString() }];
    }),
    unmatched: hits.get(-1)?.count ?? 0,
  };
}
