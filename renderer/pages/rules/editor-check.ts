/** Has core check what is typed, and shows what it finds beside the text. */
import type { Diagnostic } from '@codemirror/lint';
import { linter, lintGutter } from '@codemirror/lint';
import type { Extension, Text } from '@codemirror/state';
import type { CheckProblem } from '../../../core/api/check.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import { printable } from '../../format.ts';
import { LONGEST } from './longest.ts';

/** How long nothing is typed before core is asked. */
const PAUSE_MS = 400;

/** `fixName` is what the button says; `onChecked` gets the problems of a text, or null where nobody has told. */
export function editorCheck(
  fixName: string,
  onChecked: (problems: readonly CheckProblem[] | null, doc: Text) => void,
): Extension {
  const source = async ({ state }: { readonly state: { readonly doc: Text } }) => {
    const { doc } = state;
    if (doc.length > LONGEST) {
      onChecked(null, doc);
      return [];
    }
    try {
      const { problems } = await call(endpoints.checkConfig, { body: { text: doc.toString() } });
      onChecked(problems, doc);
      return problems.map((problem) => diagnosticOf(problem, doc, fixName));
    } catch {
      // That core does not answer is told above the page.
      onChecked(null, doc);
      return [];
    }
  };
  return [linter(source, { delay: PAUSE_MS }), lintGutter()];
}

/** A place of the text, both from 1. */
export type Shown = Pick<CheckProblem, 'line' | 'column'>;

/** The place of a problem in a text that may have become shorter since. */
export function placeOf({ line, column }: Shown, doc: Text): { from: number; to: number } {
  const at = doc.line(Math.min(Math.max(1, line), doc.lines));
  const from = Math.min(at.from + Math.max(0, column - 1), at.to);
  return { from, to: at.to };
}

function diagnosticOf(problem: CheckProblem, doc: Text, fixName: string): Diagnostic {
  const { severity, message, code, fix } = problem;
  const base = {
    ...placeOf(problem, doc),
    severity,
    message: printable(message, 1000),
    source: code,
  };
  if (fix === null || fix.end > doc.length) return base;
  const was = doc.sliceString(fix.start, fix.end);
  return {
    ...base,
    actions: [
      {
        name: fixName,
        apply(view) {
          // Only while the text there is the one that was checked.
          if (view.state.sliceDoc(fix.start, fix.end) !== was) return;
          view.dispatch({
            changes: { from: fix.start, to: fix.end, insert: fix.replacement },
            userEvent: 'input.fix',
          });
        },
      },
    ],
  };
}
