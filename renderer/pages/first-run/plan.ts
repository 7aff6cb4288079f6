/** What the first steps are about to do: where traffic will go, and what the file says afterwards. Pure. */
import type { ImportPreview } from '../../../core/api/import.ts';
import type { UpstreamSettings } from '../../../core/api/upstreams.ts';
import { hasNothing, isEmpty, matchTarget } from '../upstreams/import/choice.ts';
import type { Choice } from '../upstreams/import/choice.ts';
import { emptyForm, problemsOf, settingsOf, takenNames } from '../upstreams/upstream-form.ts';
import type { Known, UpstreamForm } from '../upstreams/upstream-form.ts';

/** `known`: an upstream that the file has already; `straight`: none, to try it. */
const WAYS = ['form', 'import', 'known', 'straight'] as const;
export type Way = (typeof WAYS)[number];

export interface Plan {
  readonly way: Way;
  readonly form: UpstreamForm;
  readonly preview: ImportPreview | null;
  readonly choice: Choice | null;
  /** The one of the file that was chosen. */
  readonly known: string;
  /** Which of an import is tested, by its number. */
  readonly tested: number | null;
}

export const firstPlan: Plan = {
  way: 'form',
  form: { ...emptyForm, match: true },
  preview: null,
  choice: null,
  known: '',
  tested: null,
};

export function waysOf({ upstreams }: Known): Way[] {
  return WAYS.filter((way) => way !== 'known' || upstreams.length > 0);
}

/** Where everything goes that no other rule takes; null: nowhere yet, so that the next step has to wait. */
export function targetOf(plan: Plan, file: Known): string | null {
  const { way, form, preview, choice, known } = plan;
  switch (way) {
    case 'form':
      return Object.keys(problemsOf(form, takenNames(file))).length === 0 ? form.name.trim() : null;
    case 'import':
      if (preview === null || choice === null || isEmpty(choice) || hasNothing(preview))
        return null;
      return choice.how === 'replace' ? '' : matchTarget(preview, choice);
    case 'known':
      return file.upstreams.some(({ settings }) => settings.name === known) ? known : null;
    case 'straight':
      return 'DIRECT';
  }
}

/** What the second step tests; null: there is nothing to test. */
export function testedSettings(plan: Plan, file: Known): UpstreamSettings | null {
  const { way, form, preview, known, tested } = plan;
  switch (way) {
    case 'form':
      return settingsOf(form);
    case 'import':
      return (
        (preview?.proxies.find(({ id }) => id === tested) ?? preview?.proxies[0])?.settings ?? null
      );
    case 'known':
      return file.upstreams.find(({ settings }) => settings.name === known)?.settings ?? null;
    case 'straight':
      return null;
  }
}
