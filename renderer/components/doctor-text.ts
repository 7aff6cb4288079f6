/** What the self test and the notes on health say, in the language of the interface. Pure. */
import type { DoctorText } from '../../core/api/doctor.ts';
import { printable } from '../format.ts';
import type { Translate } from '../i18n/translate.ts';

/** The values come from anywhere. */
export function doctorText({ code, values }: DoctorText, t: Translate): string {
  const shown = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'string' ? printable(value, 500) : value,
  ]);
  return t(code, Object.fromEntries(shown) as DoctorText['values']);
}
