/** Completes rules: types, payloads that come from a list, targets. */
import { autocompletion } from '@codemirror/autocomplete';
import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import { completeRule } from './complete-rule.ts';
import { RULE_SECTIONS, namesIn, sectionAt } from './names-in.ts';
import { NO_PROGRAMS, seenPrograms } from './seen-programs.ts';

const SYMBOLS = {
  type: 'keyword',
  payload: 'constant',
  target: 'variable',
  flag: 'property',
} as const;

export const ruleCompletion: Extension = autocompletion({ override: [complete], icons: false });

async function complete({
  state,
  pos,
  explicit,
}: CompletionContext): Promise<CompletionResult | null> {
  const line = state.doc.lineAt(pos);
  if (!RULE_SECTIONS.includes(sectionAt(state.sliceDoc(0, line.from)) ?? '')) return null;
  const text = state.sliceDoc(line.from, pos);
  const programs = /PROCESS-(?:NAME|PATH)\s*,/i.test(text) ? await seenPrograms() : NO_PROGRAMS;
  const found = completeRule(text, namesIn(state.doc.toString()), programs);
  if (found === null || (!explicit && found.length === 0 && !text.endsWith(','))) return null;
  return {
    from: pos - found.length,
    options: found.options.map((label) => ({ label, type: SYMBOLS[found.kind] })),
    validFor: /^[^,()]*$/,
  };
}
