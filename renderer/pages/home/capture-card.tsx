/** The big switch: whether this machine goes through Sluice, what that means now, and the mode. */
import type { CSSProperties, ReactNode } from 'react';
import { Card, Kbd, SegmentedControl, Stack, Text, Title, UnstyledButton } from '@mantine/core';
import { IconAlertTriangle, IconPower } from '@tabler/icons-react';
import { endpoints } from '../../../core/api/endpoints.ts';
import { MODES } from '../../../core/api/status.ts';
import type { Status } from '../../../core/api/status.ts';
import { call } from '../../api/client.ts';
import { useBusy } from '../../components/use-busy.ts';
import { formatDuration, printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { I18n } from '../../i18n/i18n.tsx';
import { errorLine } from '../../i18n/meaning.ts';
import { switchCapture, useCaptureWanted } from '../../shell/switch-capture.ts';
import { captureStateOf, stateColors } from './capture-state.ts';
import type { CaptureState } from './capture-state.ts';
import classes from './power-switch.module.css';

export function CaptureCard(props: {
  readonly status: Status;
  readonly isOffline: boolean;
}): ReactNode {
  const { status, isOffline } = props;
  const i18n = useI18n();
  const { t } = i18n;
  const wanted = useCaptureWanted();
  const state = captureStateOf(status, isOffline, wanted);
  const isBusy = state === 'starting' || state === 'stopping';
  const canSwitch = state === 'on' || state === 'off' || state === 'blocked';
  const isOn = status.tun !== null && !isOffline;
  const Shape = state === 'error' || state === 'offline' ? IconAlertTriangle : IconPower;
  const style = {
    '--disc-color': `var(--mantine-color-${stateColors[state]}-6)`,
  } as CSSProperties;
  return (
    <Card withBorder h="100%" p="lg">
      <Stack align="center" justify="center" gap="sm" h="100%">
        <UnstyledButton
          role="switch"
          aria-checked={isOn}
          aria-label={t('home.capture')}
          aria-keyshortcuts="Control+."
          className={classes.disc}
          style={style}
          data-busy={isBusy || undefined}
          data-state={state}
          disabled={!canSwitch}
          onClick={() => void switchCapture(!isOn)}
        >
          <Shape size={64} stroke={1.6} />
        </UnstyledButton>
        <div role="status" style={{ textAlign: 'center' }}>
          <Title order={2} size="h4">
            {t(`home.state.${state}`)}
          </Title>
          <Text size="sm" c="dimmed" maw={380} mx="auto" className="breaks">
            {adviceOf(state, status, i18n)}
          </Text>
        </div>
        {canSwitch && (
          <Text size="xs" c="dimmed" visibleFrom="sm">
            <Kbd size="xs">Ctrl</Kbd> + <Kbd size="xs">.</Kbd>{' '}
            {t(isOn ? 'home.keyOff' : 'home.keyOn')}
          </Text>
        )}
        <ModeSwitch status={status} isDisabled={!canSwitch} />
      </Stack>
    </Card>
  );
}

/** What the state means, and what to do about it. */
function adviceOf(state: CaptureState, status: Status, { t, errors }: I18n): string {
  const { error } = status;
  const reason = error === null ? '' : printable(errorLine(error, errors), 1000);
  if (state === 'error' && reason !== '') return `${reason} ${t('home.advice.error')}`;
  if (state !== 'on') return t(`home.advice.${state}`);
  const time = formatDuration(Date.now() - Date.parse(status.since));
  return `${t(`state.${status.state}`)} · ${t('home.since', { time })}`;
}

function ModeSwitch(props: { readonly status: Status; readonly isDisabled: boolean }): ReactNode {
  const { status, isDisabled } = props;
  const { t } = useI18n();
  const [isBusy, begin] = useBusy();

  return (
    <Stack gap={4} align="center" w="100%">
      <SegmentedControl
        aria-label={t('home.mode')}
        w="100%"
        maw={320}
        disabled={isBusy || isDisabled}
        value={status.mode}
        data={MODES.map((mode) => ({ value: mode, label: t(`mode.${mode}`) }))}
        onChange={(mode) => begin(() => call(endpoints.setMode, { body: { mode } }))}
      />
      <Text size="xs" c="dimmed" ta="center">
        {t(`home.mode.${status.mode}`)}
      </Text>
    </Stack>
  );
}
