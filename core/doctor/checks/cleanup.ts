/** Is anything left of a run that was killed? */
import type { Inspector } from '../../platform/inspector.ts';
import { fix, say } from '../check.ts';
import type { Finding, Patient } from '../check.ts';

/** A running core has undone what it could at its start. */
export async function cleanup({ leftovers }: Pick<Patient, 'leftovers'>): Promise<Finding> {
  const { undone, warnings } = leftovers;
  if (warnings.length > 0) {
    return {
      verdict: 'warning',
      summary: say('doctor.cleanup.left'),
      details: warnings.map((text) => say('doctor.cleanup.item', { text })),
      fix: fix(say('doctor.cleanup.fix')),
    };
  }
  if (undone.length === 0) return { verdict: 'ok', summary: say('doctor.cleanup.ok') };
  return {
    verdict: 'ok',
    summary: say('doctor.cleanup.undone'),
    details: undone.map((text) => say('doctor.cleanup.item', { text })),
  };
}

/** The same while no core runs: whatever bears our mark is left over. */
export async function lookForLeftovers(inspector: Inspector, stateDir: string): Promise<Finding> {
  const found = await inspector.leftovers(stateDir);
  if (found.length === 0) return { verdict: 'ok', summary: say('doctor.cleanup.ok') };
  return {
    verdict: 'failed',
    summary: say('doctor.cleanup.found'),
    details: found.map((text) => say('doctor.cleanup.item', { text })),
    fix: fix(say('doctor.cleanup.fix')),
  };
}
