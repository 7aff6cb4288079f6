/** What is wrong, and what to do about it. */
import type { ReactNode } from 'react';
import { Alert, Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import type { Status } from '../../../core/api/status.ts';
import { printable } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { Translate } from '../../i18n/translate.ts';

export function HealthCard({ status }: { readonly status: Status }): ReactNode {
  const { t } = useI18n();
  const notes = notesOf(status, t);
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {t('home.health')}
      </Title>
      {notes.length === 0 ? (
        <Group gap="xs" wrap="nowrap">
          <IconCircleCheck size={18} color="var(--mantine-color-teal-7)" />
          <Text size="sm">{t('home.allWell')}</Text>
        </Group>
      ) : (
        <Stack gap="xs">
          {notes.map((note) => (
            <Alert key={note} color="orange" p="xs" icon={<IconAlertTriangle />}>
              {note}
            </Alert>
          ))}
        </Stack>
      )}
    </Card>
  );
}

function notesOf({ error, breaker, config, uplink }: Status, t: Translate): string[] {
  const notes: string[] = [];
  if (error !== null) notes.push(printable(error.message));
  if (uplink === null) notes.push(t('home.noUplink'));
  if (breaker.refused > 0) notes.push(t('home.loop', { count: breaker.refused }));
  if (config.rejected !== null) {
    notes.push(t('home.rejected', { message: printable(config.rejected.message) }));
  }
  if (config.restartNeeded.length > 0) {
    notes.push(t('home.restart', { paths: config.restartNeeded.join(', ') }));
  }
  return notes;
}
