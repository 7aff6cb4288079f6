/** What core does for the endpoints about rules. */
import { setImmediate } from 'node:timers/promises';
import type { RuleHitList } from '../api/rule-hits.ts';
import type { CandidateList, PreviewRequest, RulePreview } from '../api/rule-preview.ts';
import { listCandidates, previewRule } from '../engine/rule-preview.ts';
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

export function candidates(
  { policy, flows }: ControlService,
  ids: readonly number[],
): Promise<CandidateList> {
  return listCandidates(policy, flows, ids, setImmediate);
}

/** Each compiles the whole list once more: one at a time, however many ask. */
let turn: Promise<unknown> = Promise.resolve();

export function preview(
  { policy, flows }: ControlService,
  request: PreviewRequest,
): Promise<RulePreview> {
  const done = turn.then(() => previewRule(policy, flows, request, setImmediate));
  turn = done.catch(() => undefined);
  return done;
}
