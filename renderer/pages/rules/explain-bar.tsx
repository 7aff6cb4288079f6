/** Asks which rule decides about a destination, and why. */
import { useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import { Button, Card, CloseButton, Group, TextInput } from '@mantine/core';
import { IconRoute } from '@tabler/icons-react';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { Explanation } from '../../../core/api/explain.ts';
import { call } from '../../api/client.ts';
import { ExplainSteps } from '../../components/explain-steps.tsx';
import { useBusy } from '../../components/use-busy.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { parseDestination } from './parse-destination.ts';

export function ExplainBar(): ReactNode {
  const { t } = useI18n();
  const [typed, setTyped] = useState('');
  const [isAsking, begin] = useBusy();
  const [explanation, setExplanation] = useState<Explanation | null>(null);
  const destination = parseDestination(typed);

  function explain(event: FormEvent): void {
    event.preventDefault();
    if (destination === null) return;
    begin(async () => setExplanation(await call(endpoints.explain, { body: destination })));
  }

  return (
    <>
      <form onSubmit={explain}>
        <Group gap="sm">
          <TextInput
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            placeholder={t('rules.explain.placeholder')}
            aria-label={t('rules.explain.label')}
            leftSection={<IconRoute size={16} />}
            spellCheck={false}
            autoComplete="off"
            flex={1}
            miw={180}
          />
          <Button
            type="submit"
            variant="default"
            loading={isAsking}
            disabled={destination === null}
          >
            {t('rules.explain.ask')}
          </Button>
        </Group>
      </form>
      {explanation !== null && (
        <Card withBorder>
          <Group justify="end">
            <CloseButton aria-label={t('app.close')} onClick={() => setExplanation(null)} />
          </Group>
          <ExplainSteps explanation={explanation} />
        </Card>
      )}
    </>
  );
}
