/** Says on every page that packets are being recorded, and leads to where that is ended. */
import type { ReactNode } from 'react';
import { Badge, Text, Tooltip } from '@mantine/core';
import { IconPlayerRecordFilled } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useI18n } from '../i18n/i18n.tsx';
import { useLive } from '../live/live.ts';
import { liveHealth } from '../live/status.ts';

export function RecordBadge(): ReactNode {
  const { t } = useI18n();
  const { value, failure } = useLive(liveHealth);
  if (failure !== null || value.status?.isRecording !== true) return null;
  return (
    <Tooltip label={t('record.isOn')}>
      <Badge
        component={Link}
        href="/connections"
        color="red"
        variant="filled"
        aria-label={`${t('record.short')}: ${t('record.isOn')}`}
        style={{ flexShrink: 0, cursor: 'pointer' }}
      >
        <IconPlayerRecordFilled size={10} style={{ verticalAlign: 'middle' }} aria-hidden />
        <Text span inherit visibleFrom="sm" ml={6}>
          {t('record.short')}
        </Text>
      </Badge>
    </Tooltip>
  );
}
