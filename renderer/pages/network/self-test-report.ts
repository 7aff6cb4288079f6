/** The self test as a text, to be sent to somebody who can help. Pure. */
import type { CheckResult } from '../../../core/api/doctor.ts';
import { doctorText } from '../../components/doctor-text.ts';
import type { Translate } from '../../i18n/translate.ts';

export function reportOf(
  results: Iterable<CheckResult>,
  version: string,
  time: string,
  t: Translate,
): string {
  const lines = [`Sluice ${version}, ${time}`, ''];
  for (const { check, verdict, summary, details, fix, milliseconds } of results) {
    const title = t(`selfTest.check.${check}`);
    lines.push(`[${verdict}] ${title}: ${doctorText(summary, t)} (${milliseconds} ms)`);
    for (const detail of details) lines.push(`    ${doctorText(detail, t)}`);
    if (fix !== null) lines.push(`    → ${doctorText(fix.text, t)}`);
  }
  return `${lines.join('\n')}\n`;
}
