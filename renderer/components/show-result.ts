/** Tells what came of a change that was written: whether it is in force, and what it lacks. */
import { notifications } from '@mantine/notifications';
import type { ReloadResult } from '../../core/api/reload.ts';
import { printable } from '../format.ts';
import type { Translate } from '../i18n/translate.ts';

/** `done`: what to say where all went well. */
export function showResult(result: ReloadResult, t: Translate, done: string): void {
  notifications.show({ ...resultNotice(result, t, done), autoClose: 8000 });
}

export function resultNotice(
  result: ReloadResult,
  t: Translate,
  done: string,
): { readonly color: string; readonly message: string } {
  const lines = resultLines(result, t, done);
  const color = result.applied ? (lines.length > 1 ? 'yellow' : 'teal') : 'red';
  return { color, message: lines.join(' ') };
}

export function resultLines(
  { applied, problems, restartNeeded }: ReloadResult,
  t: Translate,
  done: string,
): string[] {
  const errors = problems.filter(({ severity }) => severity === 'error');
  const told = errors.map(({ line, message }) => `${t('explain.line', { line })}: ${message}`);
  const restart = t('rules.restartNeeded', { settings: restartNeeded.join(', ') });
  return [
    applied ? done : t('rules.notApplied'),
    ...told.slice(0, 5).map((text) => printable(text, 500)),
    ...(restartNeeded.length === 0 ? [] : [printable(restart, 500)]),
  ];
}
