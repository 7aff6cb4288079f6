/** In the place of what is still being asked for, or loaded. */
import type { ReactNode } from 'react';
import { Center, Loader } from '@mantine/core';
import { useI18n } from '../i18n/i18n.tsx';

export function Waiting({ height }: { readonly height: string }): ReactNode {
  const { t } = useI18n();
  return (
    <Center h={height}>
      <Loader aria-label={t('app.loading')} />
    </Center>
  );
}
