/** Tells what came of a change that was written: whether it is in force, and what it lacks. */
import { notifications } from '@mantine/notifications';
import type { ReloadResult } from '../../core/api/reload.ts';
import { printable } from '../format.ts';
import type { Translate } from '../i18n/translate.ts';

export interface Outcome {
  readonly color: string;
  readonly lines: readonly string[];
}

/** `done`: what to say where all went well. */
export function showResult(result: ReloadResult, t: Translate, done: string): void {
  const { color, lines } = outcomeOf(result, t, done);
  notifications.show({ color, message: lines.join(' '), autoClose: 8000 });
}

export function outcomeOf(
  { applied, problems, restartNeeded }: ReloadResult,
  t: Translate,
  done: string,
): Outcome {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const told = errors.map(({ line, message }) => `${t('explain.line', { line })}: ${message}`);
  const restart = t('rules.restartNeeded', { settings: restartNeeded.join(', ') });
  const lines = [
    applied ? done : t('rules.notApplied'),
    ...told.slice(0, 5).map((text) => printable(text, 500)),
    ...(restartNeeded.length === 0 ? [] : [printable(restart, 500)]),
  ];
  return { color: applied ? (lines.length > 1 ? 'yellow' : 'teal') : 'red', lines };
}
