/** What to do first: there is no upstream yet. */
import type { ReactNode } from 'react';
import { Alert, Button, Stack, Text } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { Link } from 'wouter';
import { useI18n } from '../i18n/i18n.tsx';

export function NoServers(): ReactNode {
  const { t } = useI18n();
  return (
    <Alert color="cyan" p="sm" icon={<IconPlugConnected />}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{t('home.noServers')}</Text>
        <Button component={Link} href="/first-run" size="xs">
          {t('home.setUp')}
        </Button>
      </Stack>
    </Alert>
  );
}
