/** One expectation: why its flow goes where it goes, and changing it. */
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { Alert, Divider, Drawer, Loader, Stack, Text } from '@mantine/core';
import { endpoints } from '../../../../core/api/endpoints.ts';
import type { RuleCase, RuleCaseResult } from '../../../../core/api/rule-tests.ts';
import { follow } from '../../../api/client.ts';
import { ErrorText } from '../../../components/error-text.tsx';
import { ExplainSteps } from '../../../components/explain-steps.tsx';
import { showFailure } from '../../../components/show-failure.tsx';
import { printable } from '../../../format.ts';
import { useI18n } from '../../../i18n/i18n.tsx';
import { actualOf, destinationOf } from './case-columns.tsx';
import type { CaseRow } from './case-columns.tsx';
import { CaseForm } from './case-form.tsx';

export function CaseDrawer(props: {
  /** `new`: one that is to be added; null: nothing is open. */
  readonly row: CaseRow | 'new' | null;
  /** The text that is asked; null: the rules in force. */
  readonly text: string | null;
  readonly targets: readonly string[];
  readonly onSave: (one: RuleCase, index: number | null) => Promise<boolean>;
  readonly onClose: () => void;
}): ReactNode {
  const { row, text, targets, onSave, onClose } = props;
  const { t } = useI18n();
  const index = row === null || row === 'new' ? null : row.index;
  return (
    <Drawer
      position="right"
      size="lg"
      opened={row !== null}
      onClose={onClose}
      title={row === null || row === 'new' ? t('ruleTests.new') : destinationOf(row.one)}
    >
      {row !== null && (
        <Stack>
          {row !== 'new' && <Why key={`why ${index}`} one={row.one} text={text} />}
          {row !== 'new' && <Divider label={t('ruleTests.change')} />}
          <CaseForm
            key={`form ${index}`}
            one={row === 'new' ? null : row.one}
            targets={targets}
            onSave={(one) => onSave(one, index)}
          />
        </Stack>
      )}
    </Drawer>
  );
}

function Why({ one, text }: { readonly one: RuleCase; readonly text: string | null }): ReactNode {
  const { t } = useI18n();
  const [result, setResult] = useState<RuleCaseResult | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const body = { cases: [one], explain: true, ...(text === null ? {} : { text }) };
    follow(
      endpoints.testRules,
      { body },
      (line) => {
        if (line.kind === 'result') setResult(line);
      },
      stop.signal,
    ).catch((cause: unknown) => {
      if (!stop.signal.aborted) showFailure(cause);
    });
    return () => stop.abort();
  }, [one, text]);
  if (result === null) return <Loader size="sm" aria-label={t('app.loading')} />;
  return (
    <>
      <Alert
        color={result.passed ? 'teal' : 'red'}
        title={t(result.passed ? 'ruleTests.passed' : 'ruleTests.failed')}
      >
        {result.isTargetWrong && (
          <Text size="sm">
            {t('ruleTests.wrongTarget', {
              expected: printable(one.target),
              actual: actualOf(result),
            })}
          </Text>
        )}
        {result.isRuleWrong && (
          <Text size="sm">{t('ruleTests.wrongRule', { expected: printable(one.rule) })}</Text>
        )}
        {result.error !== null && (
          <Text size="sm">
            <ErrorText error={result.error} />
          </Text>
        )}
      </Alert>
      {result.explanation !== null && <ExplainSteps explanation={result.explanation} />}
    </>
  );
}
