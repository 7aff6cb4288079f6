/** The file was changed under what is typed; and the text that was given up for a newer one. */
import type { ReactNode } from 'react';
import { Alert, Button, Group, Stack } from '@mantine/core';
import { useI18n } from '../../i18n/i18n.tsx';
import { bringBack, dropDraft, isConflict, keepDraft } from './draft.ts';
import type { RuleFile } from './draft.ts';
import { changeRuleFile } from './rule-file.ts';

export function ConflictAlert({ open }: { readonly open: RuleFile }): ReactNode {
  const { t } = useI18n();
  if (isConflict(open)) {
    return (
      <Alert color="orange" title={t('rules.conflict.title')} role="alert">
        <Stack gap="sm">
          {t('rules.conflict.text')}
          <Group gap="sm">
            <Button onClick={() => changeRuleFile(dropDraft)}>{t('rules.conflict.load')}</Button>
            <Button variant="default" onClick={() => changeRuleFile(keepDraft)}>
              {t('rules.conflict.keep')}
            </Button>
          </Group>
        </Stack>
      </Alert>
    );
  }
  if (open.setAside === null || open.draft !== null) return null;
  return (
    <Group gap="sm">
      <Button variant="subtle" onClick={() => changeRuleFile(bringBack)}>
        {t('rules.bringBack')}
      </Button>
    </Group>
  );
}
