/** A page that stayed open while Sluice was updated asks for what the new core may not know: it says so. */
import type { ReactNode } from 'react';
import { Alert, Button, Stack, Text } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { printable } from '../format.ts';
import { useI18n } from '../i18n/i18n.tsx';
import { useLive } from '../live/live.ts';
import { liveHealth } from '../live/status.ts';

/** Put in by the build. */
const OWN_VERSION: unknown = import.meta.env['SLUICE_VERSION'];

export function VersionNotice(): ReactNode {
  const { t } = useI18n();
  const { value } = useLive(liveHealth);
  const version = value.status?.version;
  if (version === undefined || version === OWN_VERSION) return null;
  return (
    <Alert color="orange" icon={<IconRefresh />} title={t('app.version.title')} mb="md">
      <Stack align="flex-start" gap="xs">
        <Text size="sm">
          {t('app.version.text', { core: printable(version, 40), page: String(OWN_VERSION) })}
        </Text>
        <Button size="xs" onClick={() => location.reload()}>
          {t('app.version.reload')}
        </Button>
      </Stack>
    </Alert>
  );
}
