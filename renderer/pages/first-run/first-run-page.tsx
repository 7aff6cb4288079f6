/** First run, in three steps: choose or import an upstream, test it, switch on. */
import { useRef, useState } from 'react';
import type { FormEvent, ReactNode } from 'react';
import {
  Alert,
  Button,
  Card,
  Container,
  Group,
  List,
  Select,
  Stack,
  Stepper,
  Text,
  Title,
} from '@mantine/core';
import { useDidUpdate, useMediaQuery } from '@mantine/hooks';
import { IconPower } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import type { Status } from '../../../core/api/status.ts';
import type { UpstreamList } from '../../../core/api/upstreams.ts';
import { ApiFailure, OFFLINE } from '../../api/failure.ts';
import { ErrorText } from '../../components/error-text.tsx';
import { showSaved } from '../../components/show-saved.tsx';
import { Waiting } from '../../components/waiting.tsx';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Told } from '../../i18n/meaning.ts';
import { useLive } from '../../live/live.ts';
import { liveHealth } from '../../live/status.ts';
import { ConnectionTest } from '../upstreams/connection-test.tsx';
import { lookAtAll, useFileUpstreams } from '../upstreams/file-upstreams.ts';
import type { Verdict } from '../upstreams/test-steps.ts';
import { ChooseStep } from './choose-step.tsx';
import { DoneStep } from './done-step.tsx';
import { dismissFirstRun } from './dismissed.ts';
import { firstPlan, targetOf, testedSettings } from './plan.ts';
import type { Plan } from './plan.ts';
import { modeOf, switchOn, writePlan } from './switch-on.ts';

export function FirstRunPage(): ReactNode {
  const { t } = useI18n();
  const { value } = useLive(liveHealth);
  const { file, failure } = useFileUpstreams();
  // What was typed stays where a later look at the file fails.
  if (file === null && failure !== null && failure.code !== OFFLINE) {
    const isMissing = failure.code === 'ERR_NO_CONFIG_FILE';
    return (
      <Alert color={isMissing ? 'blue' : 'red'} title={isMissing ? t('rules.noFile.title') : ''}>
        {isMissing ? t('rules.noFile.text') : <ErrorText error={failure} />}
      </Alert>
    );
  }
  if (file === null || value.status === null) {
    return <Waiting height="50vh" />;
  }
  return <Steps file={file} status={value.status} />;
}

function Steps({
  file,
  status,
}: {
  readonly file: UpstreamList;
  readonly status: Status;
}): ReactNode {
  const { t } = useI18n();
  const [, navigate] = useLocation();
  const isNarrow = useMediaQuery('(max-width: 600px)') ?? false;
  const [plan, setPlan] = useState<Plan>(firstPlan);
  const [step, setStep] = useState(0);
  const [isStrict, setIsStrict] = useState(false);
  const [verdict, setVerdict] = useState<Verdict | null>(null);
  const [isBusy, setIsBusy] = useState(false);
  const [failure, setFailure] = useState<Told | null>(null);
  /** Where everything goes since it was switched on; null: it is not. */
  const [target, setTarget] = useState<string | null>(null);
  const planned = targetOf(plan, file);
  // There is no room for three names side by side.
  const stepNamed = (number: number, label: string): object =>
    isNarrow ? { 'aria-label': `${number}. ${label}` } : { label };
  /** Where everything goes by the file, once it was written. */
  const written = useRef<string | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);

  // Whoever uses the keyboard, or hears the page, is at the beginning of the step.
  useDidUpdate(() => heading.current?.focus(), [step]);

  function next(event: FormEvent): void {
    event.preventDefault();
    setIsStrict(true);
    if (planned === null) return;
    setFailure(null);
    // There is nothing to test where nothing is in between.
    setStep(step === 0 && testedSettings(plan, file) === null ? 2 : step + 1);
  }

  async function finish(): Promise<void> {
    const goal = written.current ?? planned;
    if (goal === null) return;
    setIsBusy(true);
    setFailure(null);
    const mode = modeOf(plan, file);
    try {
      // Where switching on failed, the file has it already.
      if (written.current === null) {
        const done = await writePlan(plan, file);
        written.current = goal;
        if (done !== null) showSaved(done, t, t('rules.changed'), lookAtAll);
      }
      await switchOn(status, mode);
      dismissFirstRun();
      setTarget(goal);
      setStep(3);
    } catch (cause) {
      if (!(cause instanceof ApiFailure)) throw cause;
      setFailure(cause);
    } finally {
      setIsBusy(false);
    }
  }

  function leave(): void {
    dismissFirstRun();
    navigate('/');
  }

  if (target !== null) {
    return (
      <Container size="sm" px={0}>
        <DoneStep target={target} />
      </Container>
    );
  }
  return (
    <Container size="sm" px={0}>
      <Stack gap="md">
        <div>
          <Title order={1} size="h3">
            {t('firstRun.title')}
          </Title>
          <Text c="dimmed">{t('firstRun.text')}</Text>
        </div>
        <Stepper active={step} size="sm" onStepClick={setStep} allowNextStepsSelect={false}>
          <Stepper.Step {...stepNamed(1, t('firstRun.step.choose'))} />
          <Stepper.Step {...stepNamed(2, t('firstRun.step.test'))} />
          <Stepper.Step {...stepNamed(3, t('firstRun.step.switchOn'))} />
        </Stepper>
        <Card withBorder padding="lg">
          <form noValidate onSubmit={next}>
            <Stack gap="md">
              <Title order={2} size="h4" tabIndex={-1} ref={heading}>
                {t(`firstRun.head.${HEADS[step] ?? 'choose'}`)}
              </Title>
              {step === 0 && (
                <ChooseStep
                  plan={plan}
                  file={file}
                  isStrict={isStrict}
                  onChange={(change) => {
                    written.current = null;
                    if (change.way !== undefined) setIsStrict(false);
                    setPlan((before) => ({ ...before, ...change }));
                  }}
                />
              )}
              {step === 1 && (
                <TestStep plan={plan} file={file} onChange={setPlan} onVerdict={setVerdict} />
              )}
              {step === 2 && (
                <Summary plan={plan} target={written.current ?? planned ?? ''} status={status} />
              )}
              {failure !== null && (
                <Alert color="red">
                  <ErrorText error={failure} />
                </Alert>
              )}
              <Group justify="space-between">
                {step === 0 ? (
                  <Button variant="subtle" color="gray" onClick={leave}>
                    {t('firstRun.later')}
                  </Button>
                ) : (
                  <Button
                    variant="default"
                    onClick={() => setStep(plan.way === 'straight' ? 0 : step - 1)}
                  >
                    {t('firstRun.back')}
                  </Button>
                )}
                {step === 2 ? (
                  <Button
                    leftSection={<IconPower size={18} />}
                    loading={isBusy}
                    onClick={() => void finish()}
                  >
                    {t('firstRun.switchOn')}
                  </Button>
                ) : (
                  <Button
                    type="submit"
                    variant={
                      step === 1 && (verdict === null || verdict === 'bad') ? 'default' : 'filled'
                    }
                  >
                    {step === 1 && (verdict === null || verdict === 'bad')
                      ? t('firstRun.anyway')
                      : t('firstRun.next')}
                  </Button>
                )}
              </Group>
            </Stack>
          </form>
        </Card>
      </Stack>
    </Container>
  );
}

const HEADS = ['choose', 'test', 'switchOn'] as const;

function TestStep(props: {
  readonly plan: Plan;
  readonly file: UpstreamList;
  readonly onChange: (plan: Plan) => void;
  readonly onVerdict: (verdict: Verdict | null) => void;
}): ReactNode {
  const { plan, file, onChange, onVerdict } = props;
  const { t } = useI18n();
  const settings = testedSettings(plan, file);
  const proxies = plan.way === 'import' ? (plan.preview?.proxies ?? []) : [];
  return (
    <>
      <Text size="sm" className="breaks">
        {t('firstRun.testText', { name: printable(settings?.name ?? '') })}
      </Text>
      {proxies.length > 1 && (
        <Select
          label={t('firstRun.testWhich')}
          data={proxies.map(({ id, as }) => ({ value: String(id), label: printable(as) }))}
          value={String(plan.tested ?? proxies[0]?.id ?? '')}
          onChange={(id) => onChange({ ...plan, tested: id === null ? null : Number(id) })}
          allowDeselect={false}
          searchable
        />
      )}
      <ConnectionTest
        request={() =>
          settings === null ? null : { settings, name: plan.way === 'known' ? plan.known : null }
        }
        subject={JSON.stringify(settings)}
        onVerdict={onVerdict}
        isPrimary
      />
    </>
  );
}

function Summary(props: {
  readonly plan: Plan;
  readonly target: string;
  readonly status: Status;
}): ReactNode {
  const { plan, target, status } = props;
  const { t } = useI18n();
  const name = printable(target);
  const isStraight = plan.way === 'straight';
  const goes = target === '' ? t('firstRun.will.rules') : t('firstRun.will.match', { name });
  const lines = [
    ...(plan.way === 'form' ? [t('firstRun.will.add', { name })] : []),
    ...(plan.way === 'import' ? [t('firstRun.will.import')] : []),
    ...(isStraight ? [] : [goes]),
    status.tun === null ? t('firstRun.will.capture') : t('firstRun.will.captured'),
  ];
  return (
    <>
      <List>
        {lines.map((line) => (
          <List.Item key={line}>{line}</List.Item>
        ))}
      </List>
      {isStraight && <Text size="sm">{t('firstRun.straightText')}</Text>}
      <Text size="sm" c="dimmed">
        {t('firstRun.undoText')}
      </Text>
    </>
  );
}
