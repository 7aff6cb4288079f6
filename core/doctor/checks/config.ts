/** Is the rule file in use as it stands, with its lists? */
import { fix, say } from '../check.ts';
import type { Finding, Patient } from '../check.ts';

export async function config(patient: Pick<Patient, 'status' | 'providers'>): Promise<Finding> {
  const { rejected, restartNeeded, warnings } = patient.status().config;
  if (rejected !== null) {
    return {
      verdict: 'failed',
      summary: say('doctor.config.rejected'),
      details: [say('doctor.config.error', { message: rejected.message })],
      fix: fix(say('doctor.config.fixError'), { kind: 'open', page: 'rules' }),
    };
  }
  const broken = brokenLists(patient);
  if (broken.length > 0) {
    return {
      verdict: 'warning',
      summary: say('doctor.config.lists'),
      details: broken.map(({ name, message }) => say('doctor.config.list', { name, message })),
      fix: fix(say('doctor.config.fixLists'), { kind: 'open', page: 'rules' }),
    };
  }
  if (restartNeeded.length > 0) {
    return {
      verdict: 'warning',
      summary: say('doctor.config.restart'),
      details: [say('doctor.config.paths', { paths: restartNeeded.join(', ') })],
      fix: fix(say('doctor.config.fixRestart')),
    };
  }
  if (warnings > 0) {
    return {
      verdict: 'warning',
      summary: say('doctor.config.warnings', { count: warnings }),
      fix: fix(say('doctor.config.fixWarnings'), { kind: 'open', page: 'rules' }),
    };
  }
  return { verdict: 'ok', summary: say('doctor.config.ok') };
}

function brokenLists(
  patient: Pick<Patient, 'providers'>,
): { readonly name: string; readonly message: string }[] {
  const { rules, proxies, geo } = patient.providers();
  return [...rules, ...proxies, ...geo].flatMap(({ name, error }) =>
    error === null ? [] : [{ name, message: error.message }],
  );
}
