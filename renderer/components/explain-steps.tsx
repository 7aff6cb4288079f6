/** Why a destination goes where it goes: the rules in their order, and what each compared. */
import type { ReactNode } from 'react';
import { Alert, Stack, Text, Timeline } from '@mantine/core';
import { IconArrowRight, IconCheck, IconMinus } from '@tabler/icons-react';
import type { Explanation } from '../../core/api/explain.ts';
import { printable } from '../format.ts';
import { useI18n } from '../i18n/i18n.tsx';

/** Of a long list, the last are the telling ones. */
const SHOWN = 30;

export function ExplainSteps({ explanation }: { readonly explanation: Explanation }): ReactNode {
  const { t } = useI18n();
  const { steps, omittedSteps, resolved, ruleText, target, chain } = explanation;
  const shown = steps.slice(-SHOWN);
  const hidden = omittedSteps + steps.length - shown.length;
  const way = chain.length === 0 ? target : chain.join(' → ');
  return (
    <Stack gap="sm">
      {resolved !== null && (
        <Text size="sm">
          {t('explain.resolved', { addresses: resolved.join(', ') || t('explain.noAddress') })}
        </Text>
      )}
      {hidden > 0 && (
        <Text size="sm" c="dimmed">
          {t('explain.hidden', { count: hidden })}
        </Text>
      )}
      <Timeline bulletSize={20} lineWidth={2} active={-1}>
        {shown.map(({ index, line, text, matched, reason }) => (
          <Timeline.Item
            key={index}
            bullet={matched ? <IconCheck size={12} /> : <IconMinus size={12} />}
            color={matched ? 'teal' : 'gray'}
            title={
              <Text size="sm" className="mono">
                {printable(text)}
              </Text>
            }
          >
            <Text size="xs" c="dimmed">
              {line > 0 ? `${t('explain.line', { line })}: ` : ''}
              {printable(reason)}
            </Text>
          </Timeline.Item>
        ))}
      </Timeline>
      <Alert color="teal" icon={<IconArrowRight />} title={printable(way)}>
        {printable(ruleText)}
      </Alert>
    </Stack>
  );
}
