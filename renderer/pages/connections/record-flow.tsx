/** The recording of one connection, in its drawer. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Button, Group, Text } from '@mantine/core';
import { IconPlayerRecord } from '@tabler/icons-react';
import type { FlowInfo } from '../../../core/api/flows.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { useLive } from '../../live/live.ts';
import { liveRecording } from '../../live/recording.ts';
import { RecordBar } from './record-bar.tsx';
import { RecordDialog } from './record-dialog.tsx';

export function RecordFlow({ flow }: { readonly flow: FlowInfo }): ReactNode {
  const { t } = useI18n();
  const { recording } = useLive(liveRecording).value;
  const [isOpen, setIsOpen] = useState(false);
  const isOn = recording?.endedBy === null;
  if (recording?.flow === flow.id) return <RecordBar recording={recording} />;
  if (flow.end !== null) return null;
  return (
    <>
      <Group gap="sm">
        <Button
          variant="default"
          leftSection={<IconPlayerRecord size={16} />}
          disabled={isOn}
          onClick={() => setIsOpen(true)}
        >
          {t('record.one')}
        </Button>
        {isOn && (
          <Text size="sm" c="dimmed">
            {t('record.isOn')}
          </Text>
        )}
      </Group>
      <RecordDialog flow={flow} isOpen={isOpen} onClose={() => setIsOpen(false)} />
    </>
  );
}
