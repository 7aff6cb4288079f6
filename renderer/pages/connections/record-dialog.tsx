/** Asks what is to be recorded, for how long and how much of it, and begins. */
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Alert, Button, Group, Modal, Select, Stack, Switch, Text } from '@mantine/core';
import { IconLock, IconPlayerRecordFilled } from '@tabler/icons-react';
import { endpoints } from '../../../core/api/endpoints.ts';
import type { FlowInfo } from '../../../core/api/flows.ts';
import { RECORD_SECONDS, RECORD_SIZE } from '../../../core/api/record.ts';
import { call } from '../../api/client.ts';
import { useBusy } from '../../components/use-busy.ts';
import { formatDuration, printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import { useLive } from '../../live/live.ts';
import { liveRecording } from '../../live/recording.ts';
import { hostOf } from './columns.ts';

const SECONDS = [30, 60, RECORD_SECONDS.usual, 900, RECORD_SECONDS.most];
const SIZES = [8, RECORD_SIZE.usual, 128, RECORD_SIZE.most];
/** Of packets of which only headers are kept, and of all others. */
const HEADERS = 96;
const WHOLE = 65_535;

export function RecordDialog(props: {
  /** Null: every connection. */
  readonly flow: FlowInfo | null;
  readonly isOpen: boolean;
  readonly onClose: () => void;
}): ReactNode {
  const { flow, isOpen, onClose } = props;
  const { t } = useI18n();
  return (
    <Modal opened={isOpen} onClose={onClose} title={t(flow === null ? 'record.all' : 'record.one')}>
      <Form flow={flow} onClose={onClose} />
    </Modal>
  );
}

function Form(props: { readonly flow: FlowInfo | null; readonly onClose: () => void }): ReactNode {
  const { flow, onClose } = props;
  const { t } = useI18n();
  const { recording } = useLive(liveRecording).value;
  const [seconds, setSeconds] = useState<number>(RECORD_SECONDS.usual);
  const [size, setSize] = useState<number>(RECORD_SIZE.usual);
  const [isHeadersOnly, setIsHeadersOnly] = useState(false);
  const [isStarting, begin] = useBusy();

  async function start(): Promise<void> {
    const snap = isHeadersOnly ? HEADERS : WHOLE;
    const body = { flow: flow?.id ?? null, seconds, size, snap };
    await call(endpoints.startRecording, { body });
    onClose();
  }

  return (
    <Stack>
      <Text size="sm">
        {flow === null
          ? t('record.allText')
          : t(flow.network === 'udp' ? 'record.udpText' : 'record.oneText', {
              host: printable(hostOf(flow)),
            })}
      </Text>
      <Group grow align="flex-start">
        <Select
          label={t('record.time')}
          allowDeselect={false}
          value={`${seconds}`}
          onChange={(value) => setSeconds(Number(value))}
          data={SECONDS.map((one) => ({ value: `${one}`, label: formatDuration(one * 1000) }))}
        />
        <Select
          label={t('record.memory')}
          allowDeselect={false}
          value={`${size}`}
          onChange={(value) => setSize(Number(value))}
          data={SIZES.map((one) => ({ value: `${one}`, label: `${one} MiB` }))}
        />
      </Group>
      <Switch
        label={t('record.headersOnly')}
        description={t('record.headersOnlyText')}
        checked={isHeadersOnly}
        onChange={(event) => setIsHeadersOnly(event.currentTarget.checked)}
      />
      <Alert color="gray" icon={<IconLock />}>
        {t('record.privacy')}
      </Alert>
      {recording !== null && (
        <Text size="sm" c="dimmed">
          {t('record.replaces')}
        </Text>
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={onClose}>
          {t('app.cancel')}
        </Button>
        <Button
          color="red"
          leftSection={<IconPlayerRecordFilled size={16} />}
          loading={isStarting}
          onClick={() => begin(start)}
        >
          {t('record.start')}
        </Button>
      </Group>
    </Stack>
  );
}
