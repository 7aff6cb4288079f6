/** Begins a recording of all connections, from above their list. */
import type { ReactNode } from 'react';
import { ActionIcon, Tooltip } from '@mantine/core';
import { IconPlayerRecord } from '@tabler/icons-react';
import { useI18n } from '../../i18n/i18n.tsx';
import { useLive } from '../../live/live.ts';
import { liveRecording } from '../../live/recording.ts';

export function RecordButton({ onRecord }: { readonly onRecord: () => void }): ReactNode {
  const { t } = useI18n();
  const { recording } = useLive(liveRecording).value;
  const isOn = recording?.endedBy === null;
  return (
    <Tooltip label={t(isOn ? 'record.isOn' : 'record.all')}>
      <ActionIcon
        variant="default"
        size={36}
        aria-label={t('record.all')}
        // Focusable, so that the reason can be read.
        {...(isOn ? { 'data-disabled': true } : {})}
        aria-disabled={isOn}
        onClick={() => !isOn && onRecord()}
      >
        <IconPlayerRecord size={18} />
      </ActionIcon>
    </Tooltip>
  );
}
