/** What to do about a finding of the self test, with a button where the interface can do it. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Button, Group, Text } from '@mantine/core';
import { IconArrowRight, IconTool } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import type { DoctorText, Fix, FixAction } from '../../../core/api/doctor.ts';
import { endpoints } from '../../../core/api/endpoints.ts';
import { call } from '../../api/client.ts';
import { showFailure } from '../../components/show-failure.ts';
import { showResult } from '../../components/show-result.ts';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';
import { switchCapture } from '../../shell/switch-capture.ts';

export function FixRow(props: {
  readonly fix: Fix;
  /** The fix was applied: look again. */
  readonly onDone: () => void;
}): ReactNode {
  const { t } = useI18n();
  const { text, action } = props.fix;
  return (
    <Group gap="sm" wrap="wrap" align="center">
      <Text size="sm" style={{ flex: '1 1 240px', overflowWrap: 'anywhere' }}>
        {doctorText(text, t)}
      </Text>
      {action !== null && <FixButton action={action} onDone={props.onDone} />}
    </Group>
  );
}

function FixButton(props: { readonly action: FixAction; readonly onDone: () => void }): ReactNode {
  const { t } = useI18n();
  const [, navigate] = useLocation();
  const [isBusy, setIsBusy] = useState(false);
  const { action, onDone } = props;

  async function apply(): Promise<void> {
    setIsBusy(true);
    try {
      if (await carryOut(action, navigate, t)) onDone();
    } catch (cause) {
      showFailure(cause);
    } finally {
      setIsBusy(false);
    }
  }

  return (
    <Button
      size="compact-sm"
      variant="light"
      loading={isBusy}
      leftSection={action.kind === 'open' ? <IconArrowRight size={14} /> : <IconTool size={14} />}
      onClick={() => void apply()}
    >
      {labelOf(action, t)}
    </Button>
  );
}

function labelOf(action: FixAction, t: Translate): string {
  switch (action.kind) {
    case 'capture':
      return t('selfTest.fix.capture');
    case 'recapture':
      return t('selfTest.fix.recapture');
    case 'open':
      return t('selfTest.fix.open', { page: t(`nav.${action.page}`) });
    case 'set':
      return t('selfTest.fix.set', { path: action.path, value: String(action.value) });
  }
}

/** Resolves to whether something was changed. */
async function carryOut(
  action: FixAction,
  navigate: (path: string) => void,
  t: Translate,
): Promise<boolean> {
  switch (action.kind) {
    case 'capture':
      return switchCapture(true);
    case 'recapture':
      return (await switchCapture(false)) && (await switchCapture(true));
    case 'open':
      navigate(`/${action.page}`);
      return false;
    case 'set': {
      const { path, value } = action;
      const body = { changes: [{ path, value }], author: 'ui' } as const;
      const { result } = await call(endpoints.editSettings, { body });
      showResult(result, t, t('selfTest.fix.saved', { path, value: String(value) }));
      return result.applied;
    }
  }
}

/** The sentence in the language of the interface; values come from anywhere. */
export function doctorText({ code, values }: DoctorText, t: Translate): string {
  const shown = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === 'string' ? printable(value, 500) : value,
  ]);
  return t(code, Object.fromEntries(shown) as DoctorText['values']);
}
