/** What can be switched at once: whether traffic is captured, and the mode. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { SegmentedControl, Stack, Switch } from '@mantine/core';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { Mode, Status } from '../../../core/api/status.ts';
import { call } from '../../api/client.ts';
import { showFailure } from '../../components/show-failure.ts';
import { useI18n } from '../../i18n/i18n.tsx';

const MODES = ['rule', 'global', 'direct'] as const satisfies readonly Mode[];

export function Switches({ status }: { readonly status: Status }): ReactNode {
  const { t } = useI18n();
  const [isBusy, setIsBusy] = useState(false);

  async function change(request: () => Promise<void>): Promise<void> {
    setIsBusy(true);
    try {
      await request();
    } catch (cause) {
      showFailure(cause);
    } finally {
      setIsBusy(false);
    }
  }

  return (
    <Stack gap="sm" mb="sm">
      <Switch
        size="lg"
        label={t('home.capture')}
        checked={status.tun !== null}
        disabled={isBusy}
        onChange={(event) => {
          const isOn = event.currentTarget.checked;
          void change(() => call(endpoints.setCapture, { body: { on: isOn } }));
        }}
      />
      <SegmentedControl
        aria-label={t('home.mode')}
        fullWidth
        disabled={isBusy}
        value={status.mode}
        data={MODES.map((mode) => ({ value: mode, label: t(`mode.${mode}`) }))}
        onChange={(mode) => void change(() => call(endpoints.setMode, { body: { mode } }))}
      />
    </Stack>
  );
}
