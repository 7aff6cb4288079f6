/** What the rows of totals are called, and where each leads. Pure. */
import type { TotalRow } from '../../../core/api/totals.ts';
import { ZONES } from '../../../core/api/flows.ts';
import { printable } from '../../format.ts';
import type { Translate } from '../../i18n/translate.ts';
import { totalLink } from '../connections/filter-link.ts';

export const TOTAL_TABS = ['upstream', 'zone', 'process'] as const;
export type TotalTab = (typeof TOTAL_TABS)[number];

export interface ShownTotal {
  readonly row: TotalRow;
  readonly name: string;
  /** What the name alone does not say; empty: nothing. */
  readonly hint: string;
  /** Null: it is not one thing that could be looked for. */
  readonly href: string | null;
}

export function shownTotal(tab: TotalTab, row: TotalRow, t: Translate): ShownTotal {
  const href = totalLink(tab, row);
  const { kind, name, path } = row;
  if (kind === 'named') {
    const zone = tab === 'zone' ? ZONES.find((one) => one === name) : undefined;
    const shown = zone === undefined ? printable(name, 100) : t(`zone.${zone}`);
    return { row, name: shown, hint: printable(path), href };
  }
  const hint = kind === 'unknown' ? t('home.row.unknownHint') : '';
  return { row, name: t(`home.row.${kind}`), hint, href };
}
