/** Changes of the list of rules, one after the other, each of the list as the one before has left it. */
import { useMemo, useRef } from 'react';
import type { FileRule, RuleEdit } from '../../../core/api/edit.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import { showFailure } from '../../components/show-failure.tsx';
import { showSaved } from '../../components/show-saved.tsx';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';
import { changing, currentRuleFile, lookAgain } from './rule-file.ts';
import { ruleRows } from './rule-rows.ts';
import type { RuleRow } from './rule-rows.ts';

type MakeEdits = (rules: readonly FileRule[]) => readonly RuleEdit[];

interface RuleEdits {
  /** Resolves to whether something was done. */
  readonly edit: (make: MakeEdits) => Promise<boolean>;
  /** Of rows as they stand when it is their turn; those that are gone are left out. */
  readonly editRows: (
    keys: Iterable<string>,
    make: (rows: readonly RuleRow[], all: readonly RuleRow[]) => readonly RuleEdit[],
  ) => Promise<boolean>;
}

export function useRuleEdits(): RuleEdits {
  const { t } = useI18n();
  const turn = useRef(Promise.resolve(true));
  return useMemo(() => {
    const edit = (make: MakeEdits): Promise<boolean> => {
      turn.current = turn.current.then(() => editNow(make, t));
      return turn.current;
    };
    return {
      edit,
      editRows: (...[keys, make]: Parameters<RuleEdits['editRows']>) => {
        const wanted = new Set(keys);
        return edit((rules) => {
          const all = ruleRows(rules, []);
          return make(
            all.filter(({ key }) => wanted.has(key)),
            all,
          );
        });
      },
    };
  }, [t]);
}

async function editNow(make: MakeEdits, t: Translate): Promise<boolean> {
  const open = currentRuleFile();
  const edits = open === null || open.draft !== null ? [] : make(open.file.rules);
  if (open === null || edits.length === 0) return false;
  try {
    const body = { edits, hash: open.file.hash, author: 'ui' } as const;
    const done = whatWasDone(edits, open.file.rules.length, t);
    showSaved(await changing(call(endpoints.editRules, { body })), t, done, lookAgain);
    return true;
  } catch (cause) {
    showFailure(cause);
    return false;
  }
}

/** In one sentence, which names the rule where it is one. */
function whatWasDone(edits: readonly RuleEdit[], count: number, t: Translate): string {
  const [first] = edits;
  if (first === undefined) return '';
  const { op } = first;
  if (edits.length > 1) return t(`rules.did.many.${op}`, { count: edits.length });
  const rule = printable(first.rule ?? '');
  switch (op) {
    case 'move':
      return t('rules.did.move', { rule, place: first.to + 1, count });
    case 'replace':
      return t('rules.did.replace', { rule, by: printable(first.by) });
    default:
      return t(`rules.did.${op}`, { rule });
  }
}
