/** Bytes a second over the last minutes, and what went through in all. */
import type { ReactNode } from 'react';
import { Card, Group, SimpleGrid, Stack, Text, Title } from '@mantine/core';
import type { Status } from '../../../core/api/status.ts';
import { formatBytes, formatRate } from '../../format.ts';
import { useI18n } from '../../i18n/i18n.tsx';
import type { TrafficSample } from '../../live/status.ts';
import { TrafficChart } from './traffic-chart.tsx';

export function TrafficCard(props: {
  readonly status: Status;
  readonly traffic: readonly TrafficSample[];
}): ReactNode {
  const { t } = useI18n();
  const { flows } = props.status;
  const now = props.traffic.at(-1);
  const totals = [
    [t('home.up'), formatBytes(flows.upload)],
    [t('home.down'), formatBytes(flows.download)],
    [t('home.open'), flows.open],
    [t('home.total'), flows.total],
    [t('home.refused'), flows.refused],
    [t('home.failed'), flows.failed],
  ] as const;
  return (
    <Card withBorder>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          {t('home.traffic')}
        </Title>
        <Text size="sm" className="number">
          ↑ {formatRate(now?.up ?? 0)} · ↓ {formatRate(now?.down ?? 0)}
        </Text>
      </Group>
      <TrafficChart samples={props.traffic} />
      <SimpleGrid cols={{ base: 3, sm: 6 }} mt="sm">
        {totals.map(([name, value]) => (
          <Stack key={name} gap={0}>
            <Text size="xs" c="dimmed">
              {name}
            </Text>
            <Text fw={600} className="number">
              {value}
            </Text>
          </Stack>
        ))}
      </SimpleGrid>
    </Card>
  );
}
