/** Runs one check within a time limit. Whatever becomes of it is a result. */
import type { CheckName, CheckResult } from '../api/doctor.ts';
import { say } from './check.ts';
import type { Finding } from './check.ts';

/** `look` is told by its signal when `signal` aborts, or the limit is over. Never rejects. */
export async function examine(
  check: CheckName,
  look: (stop: AbortSignal) => Promise<Finding>,
  limitMs: number,
  signal: AbortSignal,
): Promise<CheckResult> {
  const begun = performance.now();
  const { verdict, summary, details = [], fix = null } = await find(look, limitMs, signal);
  const milliseconds = Math.round(performance.now() - begun);
  return { check, verdict, summary, details, fix, milliseconds };
}

async function find(
  look: (stop: AbortSignal) => Promise<Finding>,
  limitMs: number,
  signal: AbortSignal,
): Promise<Finding> {
  const limit = AbortSignal.timeout(limitMs);
  const stop = AbortSignal.any([signal, limit]);
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const onStop = (): void => reject(stop.reason as Error);
  stop.addEventListener('abort', onStop, { once: true });
  try {
    // A check may wait for something that no signal ends.
    return await Promise.race([look(stop), stopped]);
  } catch (cause) {
    if (limit.aborted) {
      const seconds = Math.round(limitMs / 1000);
      return { verdict: 'failed', summary: say('doctor.aborted', { seconds }) };
    }
    const message = cause instanceof Error ? cause.message : String(cause);
    return { verdict: 'warning', summary: say('doctor.defect', { message }) };
  } finally {
    stop.removeEventListener('abort', onStop);
  }
}
