/** A recording that goes on, or has ended and can be had: how it is, and what can be done with it. */
import type { ReactNode } from 'react';
import { Button, Group, Paper, Text } from '@mantine/core';
import { modals } from '@mantine/modals';
import {
  IconDownload,
  IconPlayerRecordFilled,
  IconPlayerStopFilled,
  IconTrash,
} from '@tabler/icons-react';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { RecordInfo } from '../../../core/api/record.ts';
import { call } from '../../api/client.ts';
import { useBusy } from '../../components/use-busy.ts';
import { formatBytes, formatDuration } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';
import classes from './record.module.css';
import { savePackets } from './save-packets.ts';

export function RecordBar({ recording }: { readonly recording: RecordInfo }): ReactNode {
  const { t } = useI18n();
  const [isBusy, begin] = useBusy();
  const isOn = recording.endedBy === null;

  function askToForget(): void {
    modals.openConfirmModal({
      title: t('record.forget'),
      children: t('record.forgetText'),
      labels: { confirm: t('record.forget'), cancel: t('app.cancel') },
      confirmProps: { color: 'red' },
      onConfirm: () => begin(() => call(endpoints.forgetRecording)),
    });
  }

  return (
    <Paper withBorder p="xs" component="section" aria-label={t('record.title')}>
      <Group gap="sm">
        <IconPlayerRecordFilled
          size={18}
          className={isOn ? classes.pulse : undefined}
          color={`var(--mantine-color-${isOn ? 'red' : 'gray'}-filled)`}
          aria-hidden
        />
        <div style={{ flex: '1 1 220px', minWidth: 0 }}>
          <Text size="sm" fw={600}>
            {titleOf(recording, t)}
          </Text>
          <Text size="sm" c="dimmed" className="number">
            {factsOf(recording, t)}
          </Text>
        </div>
        <Group gap="xs">
          {isOn && (
            <Button
              color="red"
              size="xs"
              leftSection={<IconPlayerStopFilled size={14} />}
              disabled={isBusy}
              onClick={() => begin(() => call(endpoints.stopRecording))}
            >
              {t('record.stop')}
            </Button>
          )}
          <Button
            variant={isOn ? 'default' : 'filled'}
            size="xs"
            leftSection={<IconDownload size={14} />}
            disabled={isBusy || recording.packets === 0}
            onClick={() => begin(() => savePackets(recording))}
          >
            {t('record.download')}
          </Button>
          {!isOn && (
            <Button
              variant="default"
              size="xs"
              leftSection={<IconTrash size={14} />}
              disabled={isBusy}
              onClick={askToForget}
            >
              {t('record.forget')}
            </Button>
          )}
        </Group>
      </Group>
    </Paper>
  );
}

function titleOf({ flow, endedBy }: RecordInfo, t: Translate): string {
  const what = flow === null ? t('record.ofAll') : t('record.ofOne', { id: flow });
  if (endedBy === null) return t('record.on', { what });
  const ended = t('record.ended', { what });
  return endedBy === 'stopped' ? ended : `${ended} ${t(`record.endedBy.${endedBy}`)}`;
}

function factsOf(recording: RecordInfo, t: Translate): string {
  const { started, ended, seconds, packets, bytes, size, lost } = recording;
  const until = ended === null ? Date.now() : Date.parse(ended);
  const time = formatDuration(until - Date.parse(started));
  const facts = [
    ended === null ? t('record.timeOf', { time, most: formatDuration(seconds * 1000) }) : time,
    t('record.packets', { count: packets }),
    t('record.bytesOf', { bytes: formatBytes(bytes), most: formatBytes(size * 1024 * 1024) }),
  ];
  if (lost > 0) facts.push(t('record.lost', { count: lost }));
  return facts.join(' · ');
}
