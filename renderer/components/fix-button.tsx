/** A button that does what is to be done about a finding. */
import type { ReactNode } from 'react';
import { Button } from '@mantine/core';
import { IconArrowRight, IconTool } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import type { FixAction } from '../../core/api/doctor.ts';
import { endpoints } from '../../core/api/endpoints.ts';
import { call } from '../api/client.ts';
import { useI18n } from '../i18n/i18n.tsx';
import type { Translate } from '../i18n/translate.ts';
import { switchCapture } from '../shell/switch-capture.ts';
import { showResult } from './show-result.ts';
import { useBusy } from './use-busy.ts';

export function FixButton(props: {
  readonly action: FixAction;
  /** Something was changed. */
  readonly onDone?: () => void;
}): ReactNode {
  const { t } = useI18n();
  const [, navigate] = useLocation();
  const [isBusy, begin] = useBusy();
  const { action, onDone } = props;

  async function apply(): Promise<void> {
    if (await carryOut(action, navigate, t)) onDone?.();
  }

  const isLink = action.kind === 'open' || action.kind === 'selfTest';
  return (
    <Button
      size="compact-sm"
      variant="light"
      loading={isBusy}
      leftSection={isLink ? <IconArrowRight size={14} /> : <IconTool size={14} />}
      onClick={() => begin(apply)}
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
    case 'selfTest':
      return t('selfTest.fix.selfTest');
    case 'set':
      return t('selfTest.fix.set', { path: action.path, value: String(action.value) });
  }
}

/** Below `/ui`. */
export const SELF_TEST = '/network#self-test';

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
    case 'selfTest':
      navigate(SELF_TEST);
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
