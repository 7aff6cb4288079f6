/** The steps of a connection test as the list of steps shows them. Pure. */
import { TEST_STEPS } from '../../../core/api/upstreams.ts';
import type { UpstreamTestStep } from '../../../core/api/upstreams.ts';
import type { Step } from '../../components/step-list.tsx';
import { printable } from '../../format.ts';
import type { Translate } from '../../i18n/translate.ts';

/** All of them in their order, however far the test has come; `told` are the lines of its stream. */
export function testSteps(told: readonly UpstreamTestStep[], t: Translate): Step[] {
  const latest = new Map(told.map((line) => [line.step, line]));
  return TEST_STEPS.map((name) => {
    const line = latest.get(name);
    const title = t(`upstreams.step.${name}`);
    if (line === undefined) return { key: name, title, state: 'waiting' };
    const { state, milliseconds, message, fix } = line;
    const told = { code: codeOf(line), detail: message, fix: printable(fix, 1000) };
    return { key: name, title, state, milliseconds, ...told };
  });
}

/** Core gives no code to what went well, or was not needed: for a language that has words for it, the step is one. */
function codeOf({ step, state, code }: UpstreamTestStep): string {
  const hasOne = code !== '' || (state !== 'ok' && state !== 'skipped');
  return hasOne ? code : `STEP_${step}_${state}`.toUpperCase();
}

export type Verdict = 'good' | 'limited' | 'bad';

/** What the steps say in all; `limited`: it works, but not for everything. */
export function verdictOf(told: readonly UpstreamTestStep[]): Verdict {
  const states = new Map(told.map(({ step, state }) => [step, state]));
  if (states.get('tcp') !== 'ok' && states.get('tcp') !== 'warning') return 'bad';
  const isLimited = [...states.values()].some((state) => state === 'failed' || state === 'warning');
  return isLimited ? 'limited' : 'good';
}
