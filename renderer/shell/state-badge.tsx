/** How core is, in one word and one colour. */
import type { ReactNode } from 'react';
import { Badge } from '@mantine/core';
import type { EngineState } from '../../core/api/status.ts';
import { useI18n } from '../i18n/i18n.tsx';
import { useLive } from '../live/live.ts';
import { liveHealth } from '../live/status.ts';

const stateColors: Readonly<Record<EngineState | 'offline', string>> = {
  stopped: 'gray',
  starting: 'yellow',
  running: 'teal',
  reloading: 'yellow',
  stopping: 'yellow',
  error: 'red',
  offline: 'red',
};

export function StateBadge(): ReactNode {
  const { t } = useI18n();
  const { value, failure } = useLive(liveHealth);
  if (value.status === null && failure === null) return null;
  const state = failure === null ? (value.status?.state ?? 'offline') : 'offline';
  return (
    <Badge variant="light" color={stateColors[state]} role="status" style={{ flexShrink: 0 }}>
      {t(`state.${state}`)}
    </Badge>
  );
}
