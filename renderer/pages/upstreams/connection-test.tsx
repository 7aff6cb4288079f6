/** Tests an upstream step by step, and shows each with its time as it happens. */
import { useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { Alert, Button, Group, Stack, TextInput } from '@mantine/core';
import { useLocalStorage } from '@mantine/hooks';
import { IconPlugConnected } from '@tabler/icons-react';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { UpstreamTestRequest, UpstreamTestStep } from '../../../core/api/upstreams.ts';
import { follow } from '../../api/client.ts';
import { ErrorText } from '../../components/error-text.tsx';
import { StepList } from '../../components/step-list.tsx';
import { useI18n } from '../../i18n/i18n.tsx';
import { toldBy } from '../../i18n/meaning.ts';
import type { Told } from '../../i18n/meaning.ts';
import { testSteps, verdictOf } from './test-steps.ts';
import type { Verdict } from './test-steps.ts';

const colors: Readonly<Record<Verdict, string>> = { good: 'teal', limited: 'yellow', bad: 'red' };

export function ConnectionTest(props: {
  /** What is to be tested; null: what was typed cannot be. Called when the test begins. */
  readonly request: () => Pick<UpstreamTestRequest, 'settings' | 'name'> | null;
  /** Another value: what was found out says nothing of what is there now. */
  readonly subject: string;
  readonly onVerdict?: (verdict: Verdict | null) => void;
  readonly isPrimary?: boolean;
}): ReactNode {
  const { request, subject, onVerdict, isPrimary = false } = props;
  const { t } = useI18n();
  const [url, setUrl] = useLocalStorage({
    key: 'sluice.upstreams.testUrl',
    defaultValue: '',
    getInitialValueInEffect: false,
  });
  const [told, setTold] = useState<readonly UpstreamTestStep[] | null>(null);
  const [isRunning, setIsRunning] = useState(false);
  const [failure, setFailure] = useState<Told | null>(null);
  const abort = useRef<AbortController | null>(null);

  useEffect(() => {
    setTold(null);
    setFailure(null);
    onVerdict?.(null);
    return () => abort.current?.abort();
    // Only another subject ends a test.
  }, [subject]);

  async function run(): Promise<void> {
    const what = request();
    if (what === null) return;
    abort.current?.abort();
    const { signal } = (abort.current = new AbortController());
    const lines: UpstreamTestStep[] = [];
    setTold([]);
    setFailure(null);
    onVerdict?.(null);
    setIsRunning(true);
    const address = url.trim();
    const body = { ...what, ...(address === '' ? {} : { url: address }) };
    const onLine = (line: UpstreamTestStep): void => {
      lines.push(line);
      if (!signal.aborted) setTold([...lines]);
    };
    try {
      await follow(endpoints.testUpstream, { body }, onLine, signal);
      if (!signal.aborted) onVerdict?.(verdictOf(lines));
    } catch (cause) {
      if (signal.aborted) return;
      setFailure(toldBy(cause));
      setTold(null);
    } finally {
      if (abort.current?.signal === signal) setIsRunning(false);
    }
  }

  const verdict = told === null || isRunning ? null : verdictOf(told);
  return (
    <Stack gap="sm">
      <Group align="end" gap="sm">
        <TextInput
          label={t('upstreams.testUrl')}
          placeholder="https://www.gstatic.com/generate_204"
          value={url}
          onChange={(event) => setUrl(event.currentTarget.value)}
          spellCheck={false}
          autoComplete="off"
          inputMode="url"
          flex={1}
          miw={180}
        />
        <Button
          variant={isPrimary ? 'filled' : 'light'}
          leftSection={<IconPlugConnected size={16} />}
          loading={isRunning}
          onClick={() => void run()}
        >
          {t('upstreams.testConnection')}
        </Button>
      </Group>
      {failure !== null && (
        <Alert color="red">
          <ErrorText error={failure} />
        </Alert>
      )}
      {told !== null && <StepList steps={testSteps(told, t)} />}
      {verdict !== null && (
        <Alert color={colors[verdict]} p="xs" role="status">
          {t(`upstreams.verdict.${verdict}`)}
        </Alert>
      )}
    </Stack>
  );
}
