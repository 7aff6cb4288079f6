/** In the place of what is still being asked for, or loaded. */
import type { ReactNode } from 'react';
import { Center, Loader, Text } from '@mantine/core';
import { useI18n } from '../i18n/i18n.tsx';
import { useLive } from '../live/live.ts';
import { liveHealth } from '../live/status.ts';

export function Waiting({ height }: { readonly height: string }): ReactNode {
  const { t } = useI18n();
  const isGone = useLive(liveHealth).failure !== null;
  return (
    <Center h={height}>
      {isGone ? (
        <Text c="dimmed" ta="center">
          {t('list.unknown')}
        </Text>
      ) : (
        <Loader aria-label={t('app.loading')} />
      )}
    </Center>
  );
}
