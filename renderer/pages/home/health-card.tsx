/** What is wrong, as far as it shows without a test, with what to do about it. */
import type { ReactNode } from 'react';
import { Alert, Anchor, Card, Group, Stack, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck } from '@tabler/icons-react';
import { Link } from 'wouter';
import type { HealthNote } from '../../../core/api/doctor.ts';
import type { Status } from '../../../core/api/status.ts';
import { doctorText } from '../../components/doctor-text.ts';
import { FixButton, SELF_TEST } from '../../components/fix-button.tsx';
import { useI18n } from '../../i18n/i18n.tsx';

export function HealthCard(props: {
  readonly status: Status;
  readonly isOffline: boolean;
}): ReactNode {
  const { status, isOffline } = props;
  const { t } = useI18n();
  const { notes } = status;
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        {t('home.health')}
      </Title>
      {isOffline ? (
        <Text size="sm" c="dimmed">
          {t('home.healthUnknown')}
        </Text>
      ) : notes.length === 0 ? (
        <Group gap="xs" wrap="nowrap">
          <IconCircleCheck size={18} color="var(--mantine-color-teal-7)" />
          <Text size="sm">{t('home.allWell')}</Text>
        </Group>
      ) : (
        <Stack gap="xs">
          {notes.map((note) => (
            <Note key={note.text.code} note={note} />
          ))}
        </Stack>
      )}
      <Anchor component={Link} href={SELF_TEST} size="sm" mt="sm">
        {t('home.selfTest')}
      </Anchor>
    </Card>
  );
}

function Note({ note: { text, action } }: { readonly note: HealthNote }): ReactNode {
  const { t } = useI18n();
  return (
    <Alert color="orange" p="xs" icon={<IconAlertTriangle />}>
      <Stack gap="xs" align="flex-start">
        <Text size="sm" className="breaks">
          {doctorText(text, t)}
        </Text>
        {action !== null && <FixButton action={action} />}
      </Stack>
    </Alert>
  );
}
