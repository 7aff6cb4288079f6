/** What came of a rule that was saved: whether it is in force, taking it back, and closing what it would lead elsewhere. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Alert, Button, Code, Group, Stack, Text } from '@mantine/core';
import { IconArrowBackUp, IconCheck, IconPlugX } from '@tabler/icons-react';
import { endpoints } from '../../../../core/api/endpoints.ts';
import type { ReloadResult } from '../../../../core/api/reload.ts';
import { call } from '../../../api/client.ts';
import { outcomeOf, showResult } from '../../../components/show-result.ts';
import { useBusy } from '../../../components/use-busy.ts';
import { printable } from '../../../format.ts';
import { useI18n } from '../../../i18n/i18n.tsx';
import { closeFlows } from '../close-flows.ts';

export interface Made {
  readonly rule: string;
  /** Of the file with the rule in it. */
  readonly hash: string;
  readonly result: ReloadResult;
  /** Live connections that would go another way if they began now. */
  readonly live: readonly number[];
}

export function RuleMade(props: {
  readonly made: Made;
  readonly onUndone: () => void;
  readonly onClose: () => void;
}): ReactNode {
  const { rule, hash, result, live } = props.made;
  const { t } = useI18n();
  const { color, lines } = outcomeOf(result, t, t('makeRule.made'));
  const [isBusy, begin] = useBusy();
  const [areClosed, setAreClosed] = useState(false);

  async function undo(): Promise<void> {
    const undone = await call(endpoints.undo, { body: { hash, author: 'ui' } });
    showResult(undone.result, t, t('makeRule.undone'));
    props.onUndone();
  }

  async function close(): Promise<void> {
    await closeFlows(live, t);
    setAreClosed(true);
  }

  return (
    <Stack>
      <Alert color={color} icon={<IconCheck />}>
        {lines.join(' ')}
      </Alert>
      <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
        + {printable(rule, 1000)}
      </Code>
      {live.length > 0 && !areClosed && (
        <Text size="sm">{t('makeRule.stay', { count: live.length })}</Text>
      )}
      <Group justify="flex-end">
        <Button
          variant="default"
          leftSection={<IconArrowBackUp size={16} />}
          disabled={isBusy}
          onClick={() => begin(undo)}
        >
          {t('makeRule.undo')}
        </Button>
        {live.length > 0 && !areClosed && (
          <Button
            variant="light"
            color="red"
            leftSection={<IconPlugX size={16} />}
            disabled={isBusy}
            onClick={() => begin(close)}
          >
            {t('makeRule.closeThem', { count: live.length })}
          </Button>
        )}
        <Button onClick={props.onClose}>{t('app.done')}</Button>
      </Group>
    </Stack>
  );
}
