/** Completes rules: types, payloads that come from a list, targets. */
import { autocompletion } from '@codemirror/autocomplete';
import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import { completeRule } from './complete-rule.ts';
import { namesIn, sectionAt } from './names-in.ts';

const RULE_SECTIONS: readonly (string | null)[] = ['rules', 'sub-rules'];
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
  if (!RULE_SECTIONS.includes(sectionAt(state.sliceDoc(0, line.from)))) return null;
  const text = state.sliceDoc(line.from, pos);
  const processes = /PROCESS-NAME\s*,/i.test(text) ? await processNames() : [];
  const found = completeRule(text, namesIn(state.doc.toString()), processes);
  if (found === null || (!explicit && found.length === 0 && !text.endsWith(','))) return null;
  return {
    from: pos - found.length,
    options: found.options.map((label) => ({ label, type: SYMBOLS[found.kind] })),
    validFor: /^[^,()]*$/,
  };
}

/** Of the connections that core knows of. */
async function processNames(): Promise<string[]> {
  try {
    const { flows } = await call(endpoints.flows, { query: { state: 'all', limit: 1000 } });
    return [...new Set(flows.flatMap(({ process }) => (process === null ? [] : [process.name])))];
  } catch {
    return [];
  }
}
