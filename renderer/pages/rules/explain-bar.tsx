/** Asks which rule decides about a destination, and why. */
import { useEffect, useState } from 'react';
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
import type { Destination } from './parse-destination.ts';
import classes from './rules.module.css';

/** `hash`: of the file. Where it is another, so may be the way. */
export function ExplainBar({ hash }: { readonly hash: string | null }): ReactNode {
  const { t } = useI18n();
  const [typed, setTyped] = useState('');
  const [isAsking, begin] = useBusy();
  const [explanation, setExplanation] = useState<Explanation | null>(null);
  /** What the explanation is of. */
  const [asked, setAsked] = useState<Destination | null>(null);
  const destination = parseDestination(typed);

  useEffect(() => {
    if (asked === null) return undefined;
    let isLatest = true;
    call(endpoints.explain, { body: asked }).then(
      (told) => isLatest && setExplanation(told),
      // It stays what it was: that core is gone is told above the page.
      () => undefined,
    );
    return () => {
      isLatest = false;
    };
    // Whoever asks gets the answer by the form, which says what went wrong.
  }, [hash]);

  function explain(event: FormEvent): void {
    event.preventDefault();
    if (destination === null) return;
    begin(async () => {
      setExplanation(await call(endpoints.explain, { body: destination }));
      setAsked(destination);
    });
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
        <Card withBorder p="sm">
          <Group gap="xs" wrap="nowrap" align="start">
            {/* What is below it stays in reach, however many rules were compared. */}
            <div
              className={classes.explanation}
              style={{ flex: 1, minWidth: 0 }}
              role="region"
              aria-label={t('connections.explained')}
              tabIndex={0}
            >
              <ExplainSteps explanation={explanation} />
            </div>
            <CloseButton
              aria-label={t('app.close')}
              onClick={() => {
                setExplanation(null);
                setAsked(null);
              }}
            />
          </Group>
        </Card>
      )}
    </>
  );
}
