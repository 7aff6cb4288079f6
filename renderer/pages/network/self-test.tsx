/** The self test: does everything go the way it should, and what to do where it does not. `#self-test` leads here. */
import { useEffect, useRef } from 'react';
import type { ReactNode } from 'react';
import { Alert, Button, Card, CopyButton, Group, Progress, Text, Title } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconClipboard,
  IconPlayerPlay,
  IconPlayerStop,
} from '@tabler/icons-react';
import { useLocationProperty } from 'wouter/use-browser-location';
import type { CheckName, CheckResult } from '../../../core/api/doctor.ts';
import { doctorText } from '../../components/doctor-text.ts';
import { ErrorText } from '../../components/error-text.tsx';
import { StepList } from '../../components/step-list.tsx';
import type { Step } from '../../components/step-list.tsx';
import { formatDateTime } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import classes from './self-test.module.css';
import { FixRow } from './self-test-fix.tsx';
import { reportOf } from './self-test-report.ts';
import { useSelfTest } from './use-self-test.ts';
import type { SelfTest, SelfTestControl } from './use-self-test.ts';

const ANCHOR = 'self-test';

export function SelfTestCard({ version }: { readonly version: string }): ReactNode {
  const { t, language } = useI18n();
  const test = useSelfTest();
  const { checks, results, running, time, failure } = test;
  const card = useRef<HTMLDivElement>(null);
  const hash = useLocationProperty(() => location.hash);
  useEffect(() => {
    if (hash === `#${ANCHOR}`) card.current?.scrollIntoView();
  }, [hash]);
  return (
    <Card withBorder id={ANCHOR} ref={card} className={classes.anchor}>
      <Group justify="space-between" align="flex-start" gap="sm" mb="sm">
        <div style={{ flex: '1 1 280px' }}>
          <Title order={2} size="h4">
            {t('selfTest.title')}
          </Title>
          <Text size="sm" c="dimmed">
            {t('selfTest.text')}
          </Text>
        </div>
        <Buttons test={test} version={version} />
      </Group>
      {running !== null && (
        <Progress
          value={checks.length === 0 ? 0 : (100 * results.size) / checks.length}
          size="sm"
          mb="sm"
          aria-label={t('selfTest.progress')}
        />
      )}
      {failure !== null && (
        <Alert color="red" mb="sm">
          <ErrorText error={failure} />
        </Alert>
      )}
      {running === null && time !== null && <Banner results={results} />}
      {checks.length > 0 && <StepList steps={checks.map((check) => stepOf(check, test))} />}
      {running === null && time !== null && (
        <Text size="xs" c="dimmed" mt="xs">
          {t('selfTest.time', { time: formatDateTime(time, language) })}
        </Text>
      )}
    </Card>
  );

  function stepOf(check: CheckName, { run }: SelfTestControl): Step {
    const result = results.get(check);
    const title = t(`selfTest.check.${check}`);
    if (running === check || result === undefined) {
      const state: Step['state'] = running === check ? 'running' : 'waiting';
      return { key: check, title, state, detail: t(`selfTest.about.${check}`) };
    }
    return {
      key: check,
      title,
      state: result.verdict,
      milliseconds: result.milliseconds,
      detail: doctorText(result.summary, t),
      notes: result.details.map((detail) => doctorText(detail, t)),
      ...(result.fix === null
        ? {}
        : { fix: <FixRow fix={result.fix} onDone={() => run([check])} /> }),
    };
  }
}

function Buttons(props: { readonly test: SelfTestControl; readonly version: string }): ReactNode {
  const { t, language } = useI18n();
  const { running, results, time, run, stop } = props.test;
  if (running !== null) {
    return (
      <Button variant="default" leftSection={<IconPlayerStop size={16} />} onClick={stop}>
        {t('selfTest.stop')}
      </Button>
    );
  }
  return (
    <Group gap="xs">
      {time !== null && (
        <CopyButton
          value={reportOf(results.values(), props.version, formatDateTime(time, language), t)}
        >
          {({ copied, copy }) => (
            <Button variant="default" leftSection={<IconClipboard size={16} />} onClick={copy}>
              {t(copied ? 'app.copied' : 'selfTest.copy')}
            </Button>
          )}
        </CopyButton>
      )}
      <Button leftSection={<IconPlayerPlay size={16} />} onClick={() => run()}>
        {t(time === null ? 'selfTest.run' : 'selfTest.again')}
      </Button>
    </Group>
  );
}

/** The whole in one sentence. */
function Banner({ results }: Pick<SelfTest, 'results'>): ReactNode {
  const { t } = useI18n();
  const count = (wanted: CheckResult['verdict']): number =>
    [...results.values()].filter(({ verdict }) => verdict === wanted).length;
  const [failed, warnings] = [count('failed'), count('warning')];
  if (failed > 0) {
    return (
      <Alert color="red" p="xs" mb="sm" icon={<IconCircleX />} role="status">
        {t('selfTest.failed', { count: failed })}
      </Alert>
    );
  }
  if (warnings > 0) {
    return (
      <Alert color="orange" p="xs" mb="sm" icon={<IconAlertTriangle />} role="status">
        {t('selfTest.warnings', { count: warnings })}
      </Alert>
    );
  }
  return (
    <Alert color="teal" p="xs" mb="sm" icon={<IconCircleCheck />} role="status">
      {t('selfTest.well')}
    </Alert>
  );
}
